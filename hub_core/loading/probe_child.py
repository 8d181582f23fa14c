"""The process that imports one module and tells over a pipe what it is. It may end in any way; others watch it."""

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

from .description import described
from .loaded_module import LoadedModule, ModuleFailed, load
from .probed import Assignment, Limits, one_line

PIPE_GONE: Final = 113
"""The exit code of a child whose module closed the pipe to tell through."""


def be_probed(names: Sequence[str], assignment: Assignment, answers: int, go: int) -> NoReturn:
    """Load ``names``, the last of which is the module in question, tell the phases and the outcome, and end.

    :param answers: the pipe to write to.
    :param go: the pipe whose first byte says that somebody watches; without one, this process ends.
    """
    try:
        _confine(assignment.limits)
        telling = _Telling(answers)
        if os.read(go, 1):
            outcome = _outcome(names, assignment, telling)
            _lift_memory_limit()
            telling.tell(outcome)
    finally:
        os._exit(0)  # whatever the module left to be done at exit is not our business


class _Telling:
    """Writes to the one pipe that was there when this process began, and only in that process."""

    def __init__(self, answers: int) -> None:
        self._answers, self._process = answers, os.getpid()
        self._pipe = os.fstat(answers)

    def tell(self, value: dict[str, Any]) -> None:
        """Write one line; a module that forked or that closed the pipe has nobody to tell."""
        if os.getpid() != self._process or not self._is_there():
            os._exit(PIPE_GONE)
        line = json.dumps(value).encode() + b"\n"
        while line:
            line = line[os.write(self._answers, line) :]

    def _is_there(self) -> bool:
        """Whether the pipe is still the one: numbers of closed files are given to the next that is opened."""
        try:
            return os.path.samestat(os.fstat(self._answers), self._pipe)
        except OSError:
            return False


def _outcome(names: Sequence[str], assignment: Assignment, telling: _Telling) -> dict[str, Any]:
    loaded: LoadedModule | None = None
    try:
        for name in names:
            loaded = load(
                assignment.modules[name],
                assignment.areas,
                on_phase=lambda phase, name=name: telling.tell({"module": name, "phase": phase}),  # type: ignore[misc]
            )
        assert loaded is not None
        return {"description": described(loaded).as_json()}
    except ModuleFailed as error:
        told = {"module": error.module, "phase": error.phase, "remedy": one_line(error.remedy)}
        if error.kind == "MemoryError":
            return told | _too_large(assignment.limits)
        return told | {"kind": "raised", "text": one_line(error.cause or error.kind)}
    except MemoryError:  # also one for which there was no memory to be told properly
        return _too_large(assignment.limits)
    except BaseException as error:  # also a KeyboardInterrupt that the module itself raised
        return {"kind": "raised", "text": type(error).__name__}


def _too_large(limits: Limits) -> dict[str, Any]:
    return {"kind": "memory", "text": f"needed more than {limits.memory_mb} MB of memory"}


def _confine(limits: Limits) -> None:
    with suppress(OSError):  # the helper may have done it already
        os.setpgid(0, 0)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["hub"]
    gc.enable()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, 2 * int(limits.seconds) + 2)  # beside the clock: for a process nobody watches any more
    _limit(resource.RLIMIT_AS, limits.memory_mb * 2**20)


def _limit(what: int, most: int) -> None:
    """Lower a limit; systems that do not know it, as macOS some of them, go without."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _lift_memory_limit() -> None:
    """Let the answer itself have memory when the module used all of it."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
