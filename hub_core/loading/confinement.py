"""What a probed process may use and whom it runs as: set up before any module is imported, and for good."""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .other_user import OtherUser, other_user
from .probed import Limits

PROCESSES: Final = 64
"""How many processes and threads a module may start."""
_AMONG_OTHERS: Final = 256
"""The same where they are counted together with those of the user's other programs, which may become more meanwhile."""
_LARGEST_FILE: Final = 64 * 2**20
_FILES: Final = 1024
_ANSWER_MEMORY: Final = 512 * 2**20
"""What a process may use beyond its limit, to tell that it has reached it."""
_OF_THE_USER: Final = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How each probed process is confined; made once, by the process that forks them.

    ``root`` says why modules run as root; it is empty where they do not. ``folder`` is where each has a folder to itself.
    """

    limits: Limits
    folder: str
    nothing: int
    processes: int | None
    user: OtherUser | None
    root: str

    @classmethod
    def made(cls, limits: Limits, folder: str, readable: Iterable[str]) -> "Confinement":
        """Find out what this system lets us do.

        :param folder: an empty one, whose owner removes it.
        :param readable: what modules are imported from.
        """
        user, why = other_user(readable)
        if user is not None:
            Path(folder).chmod(0o711)
        return cls(
            limits=limits,
            folder=folder,
            nothing=os.open(os.devnull, os.O_RDWR),  # now: a module that runs as root may remove it
            processes=_most_processes(user),
            user=user,
            root=why,
        )

    def home(self, process: int) -> str:
        """The folder of one probed process."""
        return f"{self.folder}/{process}"

    def confine(self) -> None:
        """Confine this process.

        :raises OSError: when it did not work, though it had when it was tried.
        """
        for standard in (0, 1, 2):
            os.dup2(self.nothing, standard)
        with suppress(OSError):  # should memory be short, it is this process that goes
            Path("/proc/self/oom_score_adj").write_text("1000")
        self._move_home()
        if self.user is not None:
            self.user.become()
        self._limit()

    def _move_home(self) -> None:
        home = self.home(os.getpid())
        Path(home).mkdir(mode=0o700)
        if self.user is not None:
            os.chown(home, self.user.user, self.user.group)
            os.environ["USER"] = os.environ["LOGNAME"] = "nobody"
        os.chdir(home)
        for name in _OF_THE_USER:
            os.environ.pop(name, None)
        os.environ["HOME"] = os.environ["TMPDIR"] = home
        tempfile.tempdir = None

    def _limit(self) -> None:
        memory = self.limits.memory_mb * 2**20
        seconds = 2 * int(self.limits.seconds) + 2  # beside the clock: for a process nobody watches any more
        _lower(resource.RLIMIT_CORE, 0, 0)
        _lower(resource.RLIMIT_CPU, seconds, seconds + 1)
        _lower(resource.RLIMIT_AS, memory, memory + _ANSWER_MEMORY)
        _lower(resource.RLIMIT_FSIZE, _LARGEST_FILE, _LARGEST_FILE)
        _lower(resource.RLIMIT_NOFILE, _FILES, _FILES)
        if self.processes is not None:
            _lower(resource.RLIMIT_NPROC, self.processes, self.processes)

    def clean_up(self, process: int) -> None:
        """Remove the folder of a process that has ended."""
        home = self.home(process)
        try:
            Path(home).rmdir()
        except FileNotFoundError:
            return
        except OSError:
            with suppress(RecursionError):
                shutil.rmtree(home, ignore_errors=True)
            if os.path.lexists(home):  # folders in folders by the thousand
                with suppress(OSError, subprocess.SubprocessError):
                    subprocess.run(["rm", "-rf", "--", home], timeout=10, check=False)  # noqa: S603, S607


def lift_memory_limit() -> None:
    """Let the answer itself have memory when the module used all of it."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _lower(what: int, soft: int, hard: int) -> None:
    """Lower a limit; systems that do not know it, as macOS some of them, go without."""
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(what)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(what, (soft, hard))


def _most_processes(user: OtherUser | None) -> int | None:
    """The limit on the number of processes of the user: ``None`` for root, who has none, and where they cannot be counted."""
    if user is None and os.geteuid() == 0:
        return None
    if user is not None and user.is_alone:
        return PROCESSES
    most = _running(os.geteuid() if user is None else user.user)
    return most and (most + _AMONG_OTHERS if _allows_a_fork(most + _AMONG_OTHERS, user) else None)


def _running(user: int) -> int | None:
    """The threads of all processes of ``user``; ``None`` where the system does not list them."""
    number = 0
    try:
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == user:
                    number += sum(1 for _ in Path(entry.path, "task").iterdir())
    except OSError:
        return None
    return number


def _allows_a_fork(limit: int, user: OtherUser | None) -> bool:
    """Whether a process can be started within ``limit``: in a container those outside of it count and are not seen."""
    trying = os.fork()
    if trying == 0:
        code = 1
        with suppress(BaseException):
            if user is not None:
                user.become()
            _lower(resource.RLIMIT_NPROC, limit, limit)
            started = os.fork()
            if started == 0:
                os._exit(0)
            os.waitpid(started, 0)
            code = 0
        os._exit(code)
    return os.waitpid(trying, 0)[1] == 0
