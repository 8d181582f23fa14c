"""Decide, from metadata alone, which modules run together, in which order, and why the others cannot. Pure."""

from hub_core.catalog import Reason

from .values import Resolution

__all__ = ["Reason", "Resolution"]
