"""A real volume that is full when a test wants it to be: a small tmpfs with a ballast file in it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

CANNOT_MOUNT = "this machine mounts no small volume"
"""The one reason to skip that CI accepts (see conftest.py): nothing else is really full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallVolume:
    """A mounted folder with little space."""

    folder: Path

    @property
    def free(self) -> int:
        """Bytes that can still be written."""
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize

    def leave(self, free: int) -> None:
        """Fill it until ``free`` bytes are left; fewer, when fewer are there."""
        self.empty()
        with (self.folder / "ballast").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(self.free - free, 1))

    def empty(self) -> None:
        """Take the ballast away."""
        (self.folder / "ballast").unlink(missing_ok=True)


@contextmanager
def small_volume(folder: Path, megabytes: int, *, files: int = 10_000) -> Iterator[SmallVolume]:
    """Mount one on ``folder`` for the length of the block."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip(f"{CANNOT_MOUNT}: only root may")
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755,nr_inodes={files}", "none", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"{CANNOT_MOUNT}: not even root may")
    try:
        yield SmallVolume(folder=folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
