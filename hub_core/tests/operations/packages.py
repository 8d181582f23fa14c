"""Modules as the catalog finds them, with a package on disk for those who look at its files."""

from dataclasses import replace
from pathlib import Path

from hub_core.catalog import FoundModule
from hub_core.tests.found_modules import found


def found_in(site: Path, name: str, *requires: str) -> FoundModule:
    """Module ``name`` with an empty package in ``site``."""
    folder = site / f"mod_{name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    return replace(found(name, *requires), folder=folder)
