"""Decide, from metadata alone, which modules run together, in which order, and why the others cannot. Pure."""

from ..catalog import Reason
from .blocking import blocked_by
from .closure import CONTRACT_DISTRIBUTION
from .glue import is_glue, triggers
from .knots import all_required
from .order import RequirementCycle, load_order
from .requirement import Asked, asked
from .runnable import resolve
from .values import Resolution

__all__ = [
    "CONTRACT_DISTRIBUTION",
    "Asked",
    "Reason",
    "RequirementCycle",
    "Resolution",
    "all_required",
    "asked",
    "blocked_by",
    "is_glue",
    "load_order",
    "resolve",
    "triggers",
]
