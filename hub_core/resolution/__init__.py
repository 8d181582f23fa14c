"""Decide, from metadata alone, which modules run together, in which order, and why the others cannot. Pure."""

from ..catalog import Reason
from .order import RequirementCycle, load_order
from .runnable import resolve
from .values import Resolution

__all__ = ["Reason", "RequirementCycle", "Resolution", "load_order", "resolve"]
