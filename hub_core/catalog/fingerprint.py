"""Name one exact build of a module, so that descriptions can be kept by it and changed files be noticed."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISLNK
from typing import Final

from .reading import Stamp, Unreadable, stamp_of

_DEEPEST: Final = 100
_INSTALLER_FILES = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")


def record_hash(record: Mapping[str, str]) -> str:
    """SHA-256 over the sorted rows of RECORD: the files the wheel brought, each with its own hash; empty without any.

    Rows without a hash (``.pyc`` files, RECORD itself), the notes an installer leaves and the scripts it writes, which
    name the interpreter, say how and where it was installed, not what: one build has one name in every environment.
    """
    rows = sorted(
        [
            f"{path},{rest}\n"
            for path, rest in record.items()
            if rest.strip(",") and not path.startswith("..") and not _is_note(path)
        ]
    )
    return hashlib.sha256("".join(rows).encode()).hexdigest() if rows else ""


def _is_note(path: str) -> bool:
    return path.endswith(_INSTALLER_FILES) and ".dist-info/" in path


def folder_hash(folder: Path) -> str:
    """SHA-256 over path, ``mtime_ns`` and size of a package's files, for installs nothing vouches for.

    Links are not followed, so one that leads back up ends where it stands; names are bytes, as the system has them.

    :raises Unreadable: when folders lie deeper in one another than any package has them.
    :raises OSError: when one may not be read.
    """
    digest = hashlib.sha256()
    top = os.fsencode(folder)
    for path, status in sorted(_files(top)):
        name = os.path.relpath(path, top)
        digest.update(b"%b,%d,%d\n" % (name, status.st_mtime_ns, status.st_size))
    return digest.hexdigest()


def folder_stamp(folder: Path) -> str:
    """SHA-256 over path and stamp of a package's files: one that was edited in place has another, whatever was set back.

    It is empty when that does not say all: something may not be read, or a link leads to a folder.
    """
    digest = hashlib.sha256()
    try:
        for path, status in sorted(_files(os.fsencode(folder))):
            digest.update(b"%b\0%b\n" % (path, repr((stamp_of(status), _target(path, status))).encode()))
    except (OSError, ValueError):
        return ""
    return digest.hexdigest()


def _target(path: bytes, status: os.stat_result) -> Stamp | None:
    """What a link leads to; ``None`` for a file."""
    if not S_ISLNK(status.st_mode):
        return None
    target = Path(os.fsdecode(path)).stat()
    if S_ISDIR(target.st_mode):
        raise Unreadable(f"{os.fsdecode(path)} leads to a folder")
    return stamp_of(target)


def _files(top: bytes) -> Iterator[tuple[bytes, os.stat_result]]:
    folders = [(top, 0)]
    while folders:
        folder, depth = folders.pop()
        if depth > _DEEPEST:
            raise Unreadable(f"{os.fsdecode(top)} has more than {_DEEPEST} folders in one another")
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != b"__pycache__":
                        folders.append((entry.path, depth + 1))
                else:
                    yield entry.path, entry.stat(follow_symlinks=False)
