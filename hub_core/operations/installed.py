"""What is installed for this hub: the environment it runs in, and behind it the folders of ``module_paths``."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..catalog import Catalog, Finding, read_catalog
from ..settings import HubSettings

CACHE_FILE: Final = "catalog.json"
"""What the catalog remembers, in the state folder; where there is no such folder, none is made for it."""


def installed_catalog(settings: HubSettings) -> Catalog:
    """Read all distributions of this process, importing none; a folder that is not there becomes a finding.

    The folders of ``module_paths`` are put at the end of ``sys.path``, once: nothing in them may stand before what is
    installed, neither in this answer nor for an import.
    """
    missing = [folder for folder in settings.module_folders if not folder.is_dir()]
    _append([str(folder) for folder in settings.module_folders if folder not in missing])
    catalog = read_catalog(cache=settings.state_folder / CACHE_FILE)
    return replace(catalog, findings=(*catalog.findings, *map(_not_there, missing))) if missing else catalog


def _append(folders: list[str]) -> None:
    new = [folder for folder in folders if folder not in sys.path]
    if new:
        sys.path.extend(new)
        importlib.invalidate_caches()


def _not_there(folder: Path) -> Finding:
    return Finding(
        code="module_path_missing",
        text=f"{folder}, named in module_paths, is not a folder",
        remedy=f"Run pip install --target {folder}, or take it out of module_paths",
    )
