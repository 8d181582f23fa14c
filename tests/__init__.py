"""Whole-system tests: the distributions as a user gets them, installed, served and looked at."""
