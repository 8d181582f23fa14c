"""The probe: import modules where they can do no harm, and learn what they are.

A module that ends its process, crashes, hangs or fills the memory does it in a child of a helper process; that is an
answer about the module and nothing else. Success is the module's complete description, not an exit code.
"""

import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from ..error_text import one_line
from ..errors import HubError
from ..resolution import Resolution
from .lines import Lines
from .probed import BABBLE, Assignment, Limits, Probed, Question

log = logging.getLogger(__name__)

HELPER: Final = "hub_core.loading.probe_helper"
_START_SECONDS: Final = 60
launched: Callable[..., "subprocess.Popen[bytes]"] = subprocess.Popen
"""How the helper process is made."""
_GRACE_SECONDS: Final = 10
"""What the helper may take beyond a module's own time."""


class ProbeUnavailable(HubError):
    """The helper process of the probe does not start; that is the environment's fault, no module's."""

    code = "probe_unavailable"

    def __init__(self, cause: str) -> None:
        super().__init__(
            "modules cannot be probed: the process that would import them does not start",
            cause=cause,
            remedy=f"See what it says: {sys.executable} -m {HELPER} < /dev/null",
        )


def probe_modules(
    resolution: Resolution,
    areas: Collection[str],
    *,
    names: Collection[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    known: Collection[str] = (),
    limits: Limits | None = None,
    on_probed: Callable[[Probed], None] = lambda probed: None,
) -> tuple[Probed, ...]:
    """Probe modules that can run, requirements first, each in a process of its own.

    What requires a module that failed is not tried: its answer is of the kind *requirement*.

    :param names: the modules to probe, by default all that can run.
    :param settings: what each module is configured with; where it is named here, its settings must fit too.
    :param known: modules not among ``names`` that are known to fail.

    :param on_probed: told of each as it is done.
    :raises ProbeUnavailable: when the helper process does not start.
    """
    done: dict[str, Probed] = {}
    assignment = Assignment(
        path=tuple(sys.path), modules=resolution.modules, areas=tuple(areas), limits=limits or Limits()
    )
    with _Helper(assignment) as helper:
        for name in resolution.order:
            if names is not None and name not in names:
                continue
            needs = _needs(name, resolution)
            failed = next((each for each in needs if each in known or (each in done and not done[each].is_well)), None)
            question = Question(names=(*needs, name), settings=(settings or {}).get(name))
            done[name] = _not_tried(name, failed) if failed else helper.probe(question)
            on_probed(done[name])
    return tuple(done.values())


def _needs(name: str, resolution: Resolution) -> list[str]:
    """All that ``name`` requires, directly or not, in load order."""
    found, waiting = set[str](), [name]
    while waiting:
        new = resolution.requires[waiting.pop()] - found
        found |= new
        waiting += new
    return [each for each in resolution.order if each in found]


def _not_tried(name: str, failed: str) -> Probed:
    return Probed(
        module=name,
        phase="requirements",
        kind="requirement",
        text=f"needs {failed}, which could not be brought up",
        remedy=f"See why: hub check --deep names what is wrong with {failed}",
    )


def _as_probed(module: str, answer: Mapping[str, Any]) -> Probed:
    try:
        return Probed.from_json(answer)
    except Exception:  # the module made the answer itself, with whatever in it
        return Probed(module=module, phase="import", kind="died", text=BABBLE)


class _Helper:
    """The helper process, started when it is needed, and again when a module took it down."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines | None = None
        self._child: int | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        """Where each probed process has a folder to itself."""
        self._root = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def probe(self, question: Question) -> Probed:
        """Probe one module behind what it requires; a helper that is gone afterwards is that module's doing."""
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            pickle.dump(question, process.stdin)
            process.stdin.flush()
            self._child = self._answer(_GRACE_SECONDS)["child"]
            answer = self._answer(self._assignment.limits.seconds + _GRACE_SECONDS)
            if "child" in answer:  # it is probed a second time, closely
                self._child = answer["child"]
                answer = self._answer(self._assignment.limits.seconds + _GRACE_SECONDS)
        except (OSError, EOFError, ValueError, KeyError, TypeError):  # TimeoutError is an OSError
            self._stop()
            return Probed(
                module=question.names[-1], phase="import", kind="died", text="it ended the process that watched it"
            )
        self._child = None
        return _as_probed(question.names[-1], answer)

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._lines is not None
        line = self._lines.next(seconds)
        if line is None:
            raise EOFError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder = tempfile.TemporaryDirectory(prefix="hub-probe-", ignore_cleanup_errors=True)
        with tempfile.TemporaryFile() as errors:
            # -P: the folder the hub works in must not bring a fastapi.py of its own. A new session has no terminal, which
            # a module could ask for a password, and no Ctrl-C but the one that comes by way of this process.
            process = launched(
                [sys.executable, "-P", "-m", HELPER, self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            self._process, self._lines = process, Lines(process.stdout.fileno())
            try:
                pickle.dump(self._assignment, process.stdin)
                process.stdin.flush()
                self._tell(self._answer(_START_SECONDS)["root"])
            except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
                self._stop()
                errors.seek(0)
                last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise ProbeUnavailable(one_line(last) or f"{type(error).__name__} at its start") from error
        return process

    def _tell(self, why: str) -> None:
        """Log once why modules are probed as root, if they are."""
        if why != self._root:
            log.warning("modules are probed with the rights of root: %s", why)
        self._root = why

    def _stop(self) -> None:
        """End the helper, and the child it may have left."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):  # what was not sent cannot be sent any more
                pipe.close()
        if self._child is not None:
            with suppress(OSError):
                os.killpg(self._child, signal.SIGKILL)
            self._child = None
        if self._folder is not None:
            self._folder.cleanup()
