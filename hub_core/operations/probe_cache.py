"""What the probe found, kept in the state folder for commands that import nothing.

An entry holds for one build of the module beside the same libraries, contract and Python; else it is as if it were not
there. It is never missed: a file that is damaged, or cannot be written, only means that nothing is remembered.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hub_hookspecs import CONTRACT_VERSION
from packaging.utils import canonicalize_name

from ..catalog import Catalog, FoundModule
from ..manifest import read_requirement
from ..resolution import Resolution
from ..settings import HubSettings

CACHE_FILE: Final = "probe.json"
_FORMAT: Final = 1
_LARGEST: Final = 64 * 2**20
_LIBRARIES: Final = ("fastapi", "hub-core", "pydantic", "sqlalchemy")
_TEXTS: Final = ("module", "phase", "kind", "text", "remedy")

Entry = Mapping[str, Any]
"""One answer of the probe, as ``Probed.as_json`` has it: that class itself is not needed to look at it."""


def probe_keys(catalog: Catalog, resolution: Resolution, areas: Collection[str]) -> Mapping[str, str]:
    """For each module that can run what its answer depends on, as one hash; it has those of its requirements in it."""
    keys: dict[str, str] = {}
    for name in resolution.order:
        found = resolution.modules[name]
        parts = [
            *(CONTRACT_VERSION, sys.version, str(_FORMAT), *sorted(areas)),
            *(name, found.hash, found.entry_point, *_versions(found, catalog)),
            *(keys[each] for each in sorted(resolution.requires[name]) if each in keys),
        ]
        keys[name] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return keys


def _versions(found: FoundModule, catalog: Catalog) -> Iterator[str]:
    names = {*_LIBRARIES, *(canonicalize_name(read_requirement(text).name) for text in found.requires)}
    for name in sorted(names):
        distribution = catalog.distributions.get(name)
        yield f"{name} {distribution.version if distribution else ''}"


def remembered(settings: HubSettings, keys: Mapping[str, str]) -> Mapping[str, Entry]:
    """The answers that still hold, by module."""
    entries = _read(settings.state_folder / CACHE_FILE)
    return {
        name: entries[name]["probed"] for name, key in keys.items() if name in entries and entries[name]["key"] == key
    }


def remember(settings: HubSettings, keys: Mapping[str, str], answers: Iterable[Entry]) -> None:
    """Keep new answers beside those that still hold; nothing is made where there is no state folder."""
    file = settings.state_folder / CACHE_FILE
    if not file.parent.is_dir():
        return
    entries = {name: {"key": keys[name], "probed": entry} for name, entry in remembered(settings, keys).items()}
    entries |= {answer["module"]: {"key": keys[answer["module"]], "probed": answer} for answer in answers}
    with suppress(OSError):
        _replace(file, json.dumps({"format": _FORMAT, "modules": entries}))


def _read(file: Path) -> Mapping[str, Any]:
    try:
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return {}
        whole = json.loads(file.read_bytes())
        if whole["format"] != _FORMAT:
            return {}
        return {name: entry for name, entry in whole["modules"].items() if _is_entry(name, entry)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_entry(name: str, entry: Any) -> bool:
    probed = entry["probed"]
    return probed["module"] == name and all(isinstance(probed[each], str) for each in _TEXTS)


def _replace(file: Path, text: str) -> None:
    """Write a whole new file and put it in the place of the old one; only its owner may read what modules said."""
    number, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as new:
            new.write(text)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
