"""Files and links that are whole or not there, also behind a power cut: written aside, made durable, renamed."""

import os
from pathlib import Path
from typing import Final

PART: Final = ".part"
"""What the name of an incomplete file ends with."""


def write_whole(file: Path, content: bytes) -> None:
    """Put a file there at once; who reads meanwhile sees the old one, or none."""
    part = file.with_name(file.name + PART)
    part.write_bytes(content)
    take_in(part, file)


def take_in(part: Path, file: Path) -> None:
    """Give a complete file of the same volume its name."""
    make_durable(part)
    part.replace(file)
    make_durable(file.parent)


def link_whole(link: Path, target: str) -> None:
    """Let ``link`` lead to ``target`` in one step, wherever it led before."""
    new = link.with_name(link.name + ".new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)
    make_durable(link.parent)


def make_durable(place: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
