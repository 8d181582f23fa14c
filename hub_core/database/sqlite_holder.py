"""Which process holds an SQLite database, asked of the kernel.

SQLite locks byte ranges with ``fcntl``. A process that opened and closed the file itself would lose every lock it has on
it (POSIX), the migration's among them, so a child process asks; it is also told when this very process is the holder.
Where the answer cannot be read, the holder is another process.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from ..errors import HubError

# The formats are those of struct flock on 64 bits; a lock to be asked about is a write lock, and F_UNLCK answers.
PROBE: Final = """
import fcntl, os, struct, sys
macos = sys.platform == "darwin"
def ask(path, start, length):
    try:
        number = os.open(path, os.O_RDWR)
    except OSError:
        return 0
    try:
        if macos:
            asked = struct.pack("@qqihh", start, length, 0, fcntl.F_WRLCK, 0)
            *_, pid, kind, _ = struct.unpack("@qqihh", fcntl.fcntl(number, fcntl.F_GETLK, asked))
        else:
            asked = struct.pack("@hhqqi4x", fcntl.F_WRLCK, 0, start, length, 0)
            kind, *_, pid = struct.unpack("@hhqqi4x", fcntl.fcntl(number, fcntl.F_GETLK, asked))
    except (OSError, struct.error):
        return -1
    return 0 if kind == fcntl.F_UNLCK else pid if pid > 0 else -1
path = sys.argv[1]
ranges = (path + "-shm", 120, 1), (path + "-shm", 122, 1), (path, 0x40000001, 1), (path, 0x40000000, 1)
print(next((pid for pid in (ask(*each) for each in ranges) if pid), 0))
"""
"""The writer's byte in the write-ahead log's index, then recovery's; RESERVED and PENDING of a rollback journal."""

NOBODY, SOMEBODY = 0, -1


def holder(path: Path) -> int:
    """The id of the process that holds the write lock now, :data:`NOBODY`, or :data:`SOMEBODY` where it has no id here."""
    command = [sys.executable, "-I", "-S", "-c", PROBE, str(path)]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
        return int(asked.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return SOMEBODY


class DatabaseLocked(HubError):
    """An SQLite file is locked by another writer, and stayed so for longer than a writer waits."""

    code = "database_locked"

    def __init__(self, path: Path, pid: int) -> None:
        cause, remedy = _said(path, pid)
        super().__init__(f"the database {path} cannot be written", cause=cause, remedy=remedy)
        self.path, self.pid = path, pid


def _said(path: Path, pid: int) -> tuple[str, str]:
    again = "and run this again"
    if pid == NOBODY:
        return f"{path} was locked by a process that has let go of it since", f"Run this again: {path.name} is free now"
    if pid == SOMEBODY:
        return f"{path} is locked by another process", f"Wait until it is done, or end it, {again}"
    if pid == os.getpid():
        return (
            f"{path} is locked by this very process (pid {pid}): another connection of it writes",
            f"Let what else runs in this process commit or roll back, {again}",
        )
    return (
        f"{path} is locked by pid {pid}{_program(pid)}",
        f"Wait until it is done, or end it (kill {pid}), {again}",
    )


def _program(pid: int) -> str:
    """The first word of its command line, where the system tells."""
    try:
        first = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return ""
    name = "".join(sign for sign in Path(os.fsdecode(first)).name if sign.isprintable())
    return f" ({name})" if name else ""
