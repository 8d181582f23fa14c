"""Name one exact build of a module, so that descriptions can be kept by it and changed files be noticed."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_INSTALLER_FILES = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json")


def record_hash(record: Mapping[str, str]) -> str:
    """SHA-256 over the sorted rows of RECORD: the files the wheel brought, each with its own hash; empty without any.

    Rows without a hash (``.pyc`` files, RECORD itself), the notes an installer leaves and the scripts it writes, which
    name the interpreter, say how and where it was installed, not what: one build has one name in every environment.
    """
    rows = sorted(
        f"{path},{rest}\n"
        for path, rest in record.items()
        if rest.strip(",") and not path.startswith("..") and not _is_note(path)
    )
    return hashlib.sha256("".join(rows).encode()).hexdigest() if rows else ""


def _is_note(path: str) -> bool:
    return ".dist-info/" in path and path.endswith(_INSTALLER_FILES)


def folder_hash(folder: Path) -> str:
    """SHA-256 over path, ``mtime_ns`` and size of a package's files, for installs nothing vouches for."""
    digest = hashlib.sha256()
    for path, status in sorted(_files(str(folder))):
        digest.update(f"{os.path.relpath(path, folder)},{status.st_mtime_ns},{status.st_size}\n".encode())
    return digest.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            else:
                yield entry.path, entry.stat(follow_symlinks=False)
