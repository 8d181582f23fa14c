"""Find installed modules without importing them.

A broken module must still appear in ``hub list``, next to the reason it is broken. So this room reads files of
distributions only; importing happens in ``hub_core.loading``.
"""

from .found import Catalog, Finding, FoundModule, Reason
from .metadata import GROUP
from .read import read_catalog

__all__ = ["GROUP", "Catalog", "Finding", "FoundModule", "Reason", "read_catalog"]
