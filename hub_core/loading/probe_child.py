"""The process that imports one module and tells over a pipe what it is. It may end in any way; others watch it."""

import gc
import json
import os
import signal
from contextlib import suppress
from functools import partial
from typing import Any, Final, NoReturn

from ..error_text import one_line
from .changes import Before
from .configuration import module_settings
from .confinement import Confinement, lift_memory_limit
from .description import described
from .left_running import COPY_WENT_ON, processes_left
from .loaded_module import LoadedModule, ModuleFailed, load, refuse_unknown_targets
from .orphans import adopt_orphans
from .probed import LONGEST_DETAILS, Assignment, Limits, Question

NOT_CONFINED: Final = 112
"""The exit code of a child that could not be confined, though it was tried out before."""
PIPE_GONE: Final = 113
"""The exit code of a child whose module closed the pipe to tell through."""
NOT_TOLD: Final = 115
"""The exit code of a child whose module broke what it takes to tell anything."""
_exit, _write, _process, _status = os._exit, os.write, os.getpid, os.fstat
"""As they were before a module could replace them."""
_encode: Final = json.JSONEncoder().encode


def be_probed(
    question: Question,
    assignment: Assignment,
    confinement: Confinement,
    before: Before,
    answers: int,
    go: int,
    *,
    closely: bool,
) -> NoReturn:
    """Load the modules of the question, tell the phases and the outcome, and end.

    :param before: how the process stood that forked this one.
    :param answers: the pipe to write to.
    :param go: the pipe whose first byte says that somebody watches; without one, this process ends.
    :param closely: whether to look after each phase what it changed, and not in the end only.
    """
    code = NOT_CONFINED
    try:
        _settle(confinement)
        code, telling = NOT_TOLD, _Telling(answers)
        before.take_of_fork()
        if closely:
            adopt_orphans()  # to see in which phase they were started
        if os.read(go, 1):
            outcome = _outcome(question, assignment, _Course(telling, before, closely=closely))
            lift_memory_limit()
            telling.tell(outcome)
        code = 0
    finally:
        _exit(code)  # whatever the module left to be done at exit is not our business


class _Telling:
    """Writes to the one pipe that was there when this process began, and only in that process."""

    def __init__(self, answers: int) -> None:
        self._answers, self._process = answers, _process()
        self._pipe = _status(answers)

    def tell(self, value: dict[str, Any]) -> None:
        """Write one line; a module that forked or that closed the pipe has nobody to tell."""
        if _process() != self._process:
            _exit(COPY_WENT_ON)
        if not self._is_there():
            _exit(PIPE_GONE)
        line = _encode(value).encode() + b"\n"
        while line:
            line = line[_write(self._answers, line) :]

    def _is_there(self) -> bool:
        """Whether the pipe is still the one: numbers of closed files are given to the next that is opened."""
        try:
            return os.path.samestat(_status(self._answers), self._pipe)
        except OSError:
            return False


class _Course:
    """How far the probe is. Looked at closely, also which phase was the first to change something."""

    def __init__(self, telling: _Telling, before: Before, *, closely: bool) -> None:
        self._telling, self._before, self._closely = telling, before, closely
        self._at: dict[str, str] = {}
        self.found: dict[str, Any] = {}

    def begin(self, module: str, phase: str) -> None:
        """Tell a phase before it begins: the process may end in it."""
        if self._closely:
            self.look()
        self._at = {"module": module, "phase": phase}
        self._telling.tell(self._at)

    def look(self) -> None:
        """Find what was changed since the process began."""
        if not self.found and (changes := self._before.changes()):
            self.found = {**self._at, "kind": "changes", "text": one_line(changes)}


def _outcome(question: Question, assignment: Assignment, course: _Course) -> dict[str, Any]:
    is_loaded = False
    try:
        loaded = _loaded(question, assignment, course)
        is_loaded = True
        told = _described(loaded, question, course)
    except ModuleFailed as error:
        told = _failed(error, assignment.limits)
    except MemoryError:  # also one for which there was no memory to be told properly
        told = _too_large(assignment.limits)
    except BaseException as error:  # also a KeyboardInterrupt that the module itself raised
        told = {"kind": "raised", "text": type(error).__name__}
    if is_loaded:
        course.look()
    return course.found or told


def _loaded(question: Question, assignment: Assignment, course: _Course) -> LoadedModule:
    """The module of the question, behind those it requires."""
    required: dict[str, LoadedModule] = {}
    for name in question.names:
        required[name] = loaded = load(assignment.modules[name], assignment.areas, on_phase=partial(course.begin, name))
    refuse_unknown_targets(loaded, required)
    return loaded


def _described(loaded: LoadedModule, question: Question, course: _Course) -> dict[str, Any]:
    if question.settings is not None:
        course.begin(loaded.name, "configuration")
        module_settings(loaded, question.settings)
    course.begin(loaded.name, "description")
    known = described(loaded)
    return {"description": known.description.as_json(), "surface": known.surface.as_json()}


def _failed(error: ModuleFailed, limits: Limits) -> dict[str, Any]:
    told = {"module": error.module, "phase": error.phase, "remedy": one_line(error.remedy)}
    if error.kind == "MemoryError":
        return told | _too_large(limits)
    if error.phase == "configuration":
        return told | {"kind": "configuration", "text": one_line(error.cause or "")}
    details = error.details[-LONGEST_DETAILS:]
    return told | {"kind": "raised", "text": one_line(error.cause or error.kind) + _started(), "details": details}


def _too_large(limits: Limits) -> dict[str, Any]:
    return {"kind": "memory", "text": f"needed more than {limits.memory_mb} MB of memory"}


def _started() -> str:
    """What is to be said beside a failure: it may have come of too many processes."""
    left, copies = processes_left()
    number = len(left) + copies
    return f"; it had started {number} {'process' if number == 1 else 'processes'}" if number else ""


def _settle(confinement: Confinement) -> None:
    with suppress(OSError):  # the helper may have done it already
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()
    confinement.confine()
