"""What this process is doing, in a file that outlives it: who starts next reads there what a dead one was at.

The file is mapped into memory, so that a note costs as much as a number in a list, and the kernel keeps it when the
process is killed. Whoever holds its lock is alive; a file that nobody holds is of a process that died without a word.
"""

import errno
import faulthandler
import fcntl
import json
import mmap
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

from ...settings import HubSettings

FOLDER: Final = "processes"
BACKGROUND: Final = "background"
PHASES: Final = (
    "",
    "import",
    "settings",
    "extension points",
    "services",
    "start",
    "migration",
    BACKGROUND,
    "lifecycle hooks",
)
"""What may be done with a module; requests are counted beside. In the background is one that has begun work of its own."""
HEAD_BYTES: Final = 512
SLOT_BYTES: Final = 256
SLOTS: Final = 1024
_BEAT_BYTES: Final = 34
_ENDING: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name))
"""Signals by which somebody ends a process on purpose, before the server listens to them."""


_KEPT_HERE: Final = set[Path]()


class ModuleNote:
    """Where one module's part is written, from the first time there is something to write; without a process note nowhere."""

    __slots__ = ("_at", "_cells", "_digest", "_module", "_note")

    def __init__(self, note: "ProcessNote | None" = None, module: str = "", digest: str = "") -> None:
        self._note, self._module, self._digest = note, module, digest
        self._cells: Any = None
        self._at = 0

    def requests(self, in_flight: int) -> None:
        """So many requests of it are in flight."""
        if self._cells is not None or self._begins():
            self._cells[self._at] = in_flight

    @contextmanager
    def doing(self, phase: str) -> Iterator[None]:
        """This is done with it, until the block ends."""
        self.phase(phase)
        try:
            yield
        finally:
            self.phase("")

    def phase(self, phase: str) -> None:
        """This is done with it now; nothing when empty."""
        if self._cells is not None or self._begins():
            self._cells[self._at + 1] = PHASES.index(phase) if phase in PHASES else 0

    def _begins(self) -> bool:
        if self._note is not None:
            self._cells, self._at = self._note.slot(self._module, self._digest)
            self._note = None
        return self._cells is not None


class ProcessNote:
    """The note of one process, until :meth:`close`.

    Where none can be written, as in a read-only folder, and without settings, it is silent.

    :param family: the name of the note of the process that forked this one: they may die of one blow.
    """

    def __init__(self, settings: HubSettings | None = None, *, family: str = "") -> None:
        self._slots, self._family, self._pid = 0, family, os.getpid()
        self._kept = b""
        self.was_ordered: Callable[[], bool] = lambda: True
        """Whether its end was asked for; a worker that ends although nobody told it to has died."""
        self._map: mmap.mmap | None = None
        self._file, self._faults = -1, -1
        self.path = Path()
        if settings is not None:
            self.path = settings.state_folder / FOLDER / f"{os.getpid()}-{time.time_ns()}.note"
            with suppress(OSError):
                self._open()

    def of(self, module: str, digest: str) -> ModuleNote:
        """The part of the module with these files."""
        return ModuleNote(self, module, digest) if self._map is not None else ModuleNote()

    def slot(self, module: str, digest: str) -> tuple[Any, int]:
        """Cells, and the number of the first one of a module; ``None`` where there is no room left."""
        if self._map is None or self._slots == SLOTS:
            return None, 0
        start = HEAD_BYTES + self._slots * SLOT_BYTES
        self._slots += 1
        told = f"{digest} {module}".encode()[: SLOT_BYTES - 8]
        self._map[start + 8 : start + 8 + len(told)] = told
        return memoryview(self._map).cast("I"), start // 4

    def beat(self) -> None:
        """It is alive at this moment."""
        if self._map is not None:
            self._map[0:_BEAT_BYTES] = _beat()

    def keep(self) -> None:
        """What is noted at this moment is what it died of, should its end turn out to be nobody's order."""
        if self._map is not None:
            self._kept = self._map[:]

    def ends_on_purpose(self) -> None:
        """Take a signal that ends this process for what it is: it is no death."""
        for number in _ENDING:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._ended)

    def close(self) -> None:
        """It ends in order, and leaves nothing."""
        if self._map is not None and self._kept and not self.was_ordered():
            self._map[:] = self._kept
        elif self._map is not None and self.was_ordered():
            for path in (self.path, _faults(self.path)):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
        self.leave()

    def leave(self) -> None:
        """Write nothing more: in a forked child, whose parent goes on writing."""
        if self._map is not None:
            _KEPT_HERE.discard(self.path)
            faulthandler.disable()
            for file in (self._file, self._faults):
                os.close(file)
        self._map = None

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        told = {"pid": self._pid, "began": time.monotonic(), "boot": boot(), "family": self._family}
        content = (_beat() + json.dumps(told).encode()).ljust(HEAD_BYTES + SLOTS * SLOT_BYTES, b"\0")
        aside = self.path.with_suffix(".new")
        file = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(
                file, fcntl.LOCK_EX | fcntl.LOCK_NB
            )  # of this process alone: a child that a module forks has it not
            # all of it: a page that finds no room on the disk when it is first touched ends the process
            if os.write(file, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            aside.rename(self.path)
            self._faults = os.open(_faults(self.path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._map, self._file = mmap.mmap(file, 0), file
        except OSError:
            aside.unlink(missing_ok=True)
            os.close(file)
            raise
        _KEPT_HERE.add(self.path)
        faulthandler.enable(file=self._faults)
        os.register_at_fork(after_in_child=self.leave)

    def _ended(self, number: int, _: FrameType | None) -> None:
        if os.getpid() == self._pid:
            self.close()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


@contextmanager
def noted(
    settings: HubSettings, orderly: tuple[type[BaseException], ...], *, family: str = ""
) -> Iterator[ProcessNote]:
    """Leave notes until the block ends. Whatever it raises but ``orderly`` is a death, and its note stays."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # who is told to end in between shall not leave a note
    try:
        note = ProcessNote(settings, family=family)
        note.ends_on_purpose()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    try:
        yield note
    except BaseException as error:
        note.close() if isinstance(error, orderly) else note.leave()
        raise
    note.close()


def _beat() -> bytes:
    """The clock on the wall, to tell people, and the one that never jumps, to compare."""
    return f"{time.time():16.3f} {time.monotonic():16.3f}\n".encode()


def since_beat(settings: HubSettings, pid: int, family: str) -> float | None:
    """How many seconds ago a process of ``family`` was alive; ``None`` when it leaves no notes."""
    with suppress(OSError, ValueError, IndexError):
        for path in (settings.state_folder / FOLDER).glob(f"{pid}-*.note"):
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
            if f'"family": "{family}"'.encode() in head:  # another container has the same numbers
                return time.monotonic() - float(head[:_BEAT_BYTES].split()[1])
    return None


def is_kept_here(note: Path) -> bool:
    """Whether this process writes it; to open it here once more would give up its lock."""
    return note in _KEPT_HERE


def _faults(note: Path) -> Path:
    return note.with_suffix(".faults")


def boot() -> str:
    """Names this run of the machine: processes that a shutdown ended did not die by themselves."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
