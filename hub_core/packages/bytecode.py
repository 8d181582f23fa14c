"""Bytecode of files that another environment has as well: most of what a build would take is to compile it once more.

Python takes bytecode for that of a file by the size and time of the file, which are the same where both are names of one
file in the tool's cache. Where the tool copies, all is compiled.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_CACHE: Final = "__pycache__"


def share_bytecode(before: str, site: str) -> None:
    """Give each file below ``site`` the bytecode that the same file has below ``before``, as another name of it."""
    for folder in _caches(before, ""):
        with suppress(OSError):  # what is missing is compiled
            _share(os.path.join(before, folder), os.path.join(site, folder))  # noqa: PTH118 - thousands of files


def _share(before: str, now: str) -> None:
    sources = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(now) if entry.name.endswith(".py")}
    with os.scandir(f"{before}/{_CACHE}") as entries:
        kept = [entry.name for entry in entries]
    is_made = False
    for name in kept:
        source = f"{name.partition('.')[0]}.py"
        if source not in sources or not _is_same(os.lstat(f"{before}/{source}"), sources[source]):
            continue
        if not is_made:
            os.makedirs(f"{now}/{_CACHE}", exist_ok=True)  # noqa: PTH103
            is_made = True
        with suppress(FileExistsError):
            os.link(f"{before}/{_CACHE}/{name}", f"{now}/{_CACHE}/{name}")


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_ino, one.st_dev, one.st_size, one.st_mtime_ns) == (
        other.st_ino,
        other.st_dev,
        other.st_size,
        other.st_mtime_ns,
    )


def _caches(site: str, inside: str) -> Iterator[str]:
    """The folders that hold bytecode."""
    with os.scandir(f"{site}/{inside}") as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name == _CACHE:
                    yield inside
                else:
                    yield from _caches(site, f"{inside}{entry.name}/")
