"""On what the probe's answer for a module depends: when any of it changes, what was remembered is no answer any more.

Only what no file of Python's shows can mend a module unseen, such as a system library, a network, or an indirect
library edited in place. Therefore a remembered failure also says when it was found, and how to look again.
"""

import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

import hub_hookspecs
from hub_hookspecs import CONTRACT_VERSION

from ...catalog import Catalog, FoundModule, folder_stamp
from ...resolution import Resolution

BRINGING_UP: Final = (Path(__file__).parents[2] / "loading", Path(hub_hookspecs.__path__[0]))
"""The folders whose code brings a module up; not imported, as whoever only lists modules needs none of it."""
_INFO: Final = (".dist-info", ".egg-info")


def probe_keys(
    catalog: Catalog, resolution: Resolution, areas: Collection[str], names: Collection[str], *, by_file: bool = True
) -> Mapping[str, str]:
    """For those of ``names`` that can run, one hash each; it has those of the modules it requires in it.

    :param by_file: whether each file of a package counts as it lies there, so that an edit in place is another key. A
        module has none then when its files, or those of one it requires, do not vouch for themselves. Otherwise the hash
        of the distribution stands for its files.
    """
    wanted = _with_requirements(resolution, names)
    surroundings = _hash(_surroundings(catalog, areas)) if wanted else ""
    keys: dict[str, str] = {}
    for name in resolution.order:
        if name in wanted and (key := _key(resolution, name, keys, by_file=by_file)):
            keys[name] = _hash((surroundings, key))
    return keys


def _with_requirements(resolution: Resolution, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    ahead = [name for name in resolution.order if name in names]
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += resolution.requires[name]
    return found


def _key(resolution: Resolution, name: str, keys: Mapping[str, str], *, by_file: bool) -> str:
    requires = sorted(resolution.requires[name])
    stamp = folder_stamp(resolution.modules[name].folder) if by_file else "as found"
    if not stamp or not all(each in keys for each in requires):
        return ""
    return _hash((*_build(resolution.modules[name]), stamp, *(keys[each] for each in requires)))


def _build(found: FoundModule) -> tuple[str, ...]:
    return found.name, found.hash, found.entry_point, str(found.folder)


def _surroundings(catalog: Catalog, areas: Collection[str]) -> Iterator[str]:
    """What is the same for all modules: the hub, Python, every distribution, and the folders anything is imported from.

    A distribution of the same version that was installed again is another one.
    """
    yield from (CONTRACT_VERSION, sys.version, sys.prefix, *sorted(areas), "")
    for name in sorted(catalog.distributions):
        yield f"{name} {catalog.distributions[name].version}"
    for folder in sys.path:
        yield f"{folder} {_installed(folder)}"
    for package in BRINGING_UP:
        yield folder_stamp(package)


def _installed(folder: str) -> list[tuple[str, int, int]]:
    """What lies in a folder that installers put things into, and when each distribution was put there.

    Python's own caches do not count, nor does a folder without distributions: somebody works in it.
    """
    try:
        with os.scandir(folder or os.curdir) as entries:
            found = {each.name: each.stat() if each.name.endswith(_INFO) else None for each in entries}
    except (OSError, ValueError):
        return []
    if not any(found.values()):
        return []
    return [
        (name, status.st_ino, status.st_mtime_ns) if status else (name, 0, 0)
        for name, status in sorted(found.items())
        if name != "__pycache__"
    ]


def _hash(parts: tuple[str, ...] | Iterator[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()
