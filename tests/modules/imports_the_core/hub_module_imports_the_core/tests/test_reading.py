"""Tests may import what they like."""

from hub_core.testing import plugin

__all__ = ["plugin"]
