"""Folders, byte for byte: the mode of everything in them, the content of each file, the target of each link.

Bytecode is compared like all else: an environment is made with it, and what runs there writes none. Left out are one line of
``pyvenv.cfg``, which says what interpreter made it and which nothing reads, and what ``verified`` says: a hash over the times
at which the files of this very build were written.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

Tree = dict[str, tuple[int, str]]
"""Mode and SHA-256, or target, by relative path."""

_MADE_BY: Final = re.compile(rb"^command = .*$", re.MULTILINE)


def tree_of(folder: Path) -> Tree:
    """Everything in a folder; nothing for one that is not there."""
    found: Tree = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            status = path.lstat()
            told = str(path.readlink()) if path.is_symlink() else "" if path.is_dir() else _hash(path)
            found[str(path.relative_to(folder))] = (status.st_mode, told)
    return found


def _hash(file: Path) -> str:
    content = file.read_bytes()
    if file.name == "verified":
        return ""
    if file.name == "pyvenv.cfg":
        content = _MADE_BY.sub(b"", content)
    return hashlib.sha256(content).hexdigest()


def differing(found: Tree, expected: Tree) -> str:
    """What is other, at most a few names of it."""
    names = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
    return f"{len(names)} differ: {', '.join(names[:5])}"
