"""What can be said of a folder before anything is written to it."""

import os
from pathlib import Path


def nearest_existing(folder: Path) -> Path:
    """``folder``, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path(folder.anchor))


def obstacle_to_writing(folder: Path) -> str | None:
    """Why no file can be made in ``folder``, which itself may have to be made first; ``None`` when nothing is in the way."""
    try:
        place = nearest_existing(folder)
        if not place.is_dir():
            return f"{place} is a file"
    except OSError as error:
        return f"{error.filename or folder} cannot be reached: {error.strerror}"
    return None if may(place, os.W_OK | os.X_OK) else f"the folder {place} is not writable"


def is_there(path: Path) -> bool:
    """Whether something has that name, also a link that leads nowhere; ``Path.exists`` raises where it may not look."""
    return os.path.lexists(path)


def matching(folder: Path, pattern: str) -> list[Path]:
    """What ``pattern`` matches in ``folder``, by name; nothing where one may not look."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def may(path: Path, right: int) -> bool:
    """Whether this user has a right to a file or folder, on the file system as it is mounted."""
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)
