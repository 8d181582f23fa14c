"""Uses what is private to the hub."""

from importlib import import_module
from typing import TYPE_CHECKING

import hub_core.catalog as catalog_room
from hub_core.catalog import FoundModule, read_catalog

if TYPE_CHECKING:
    from hub_core import settings


def names() -> list[str]:
    """Names of modules, got at where no module may look."""
    import_module("hub_core.resolution")
    return [module.name for module in read_catalog().modules]


__all__ = ["FoundModule", "catalog_room", "names", "settings"]
