"""Several processes that serve one hub on one socket: forked from this one, watched, and started again within a budget.

The first process never runs the event loop and never answers a request, so a module cannot harm it. What it imported with
``--preload`` lies in memory once for all.
"""

import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ..loading import LoadedModule
from ..operations.describing.held_back import held_back, is_safe_mode
from ..operations.processes.process_note import ProcessNote, since_beat
from ..operations.processes.restart_budget import reckon
from ..operations.standing import Standing
from ..planning import Failure
from ..runtime import OnChange
from ..settings import HubSettings
from .awaited_signals import SIGNALS, awaited_signals
from .failing_workers import FailingWorkers
from .serving import OUTDATED, Server, Trial
from .successor_trial import SuccessorTrial
from .worker import Lifeline, Stages, Worker

log = logging.getLogger(__name__)

_ABORT_SECONDS: Final = 2.0
_LONGEST_PAUSE_SECONDS: Final = 60.0
_YOUNG_SECONDS: Final = 60.0
_EXTRA_SECONDS: Final = 3.0


@dataclass(slots=True)
class _Place:
    """One worker's place: the process in it, or when the next one is due. ``falls`` counts those that died young."""

    number: int
    pid: int = 0
    began: float = 0.0
    due: float = 0.0
    falls: int = 0
    aborted: float = 0.0
    is_outdated: bool = False
    """It serves what has been quarantined since."""


class Workers:
    """Forks ``count`` workers and stands in for each that dies, until a signal ends all of them.

    :param prepare: told of the first worker's server before it serves; and of the next one's when that did not come up.
    :param next_trial: asked in a process of its own, when what they serve is not what is recorded, before all of them
        end for a successor, and again while it cannot be.
    """

    def __init__(
        self,
        settings: HubSettings,
        standing: Standing,
        listening: socket.socket,
        count: int,
        *,
        loaded: Mapping[str, LoadedModule],
        preload: bool,
        note: ProcessNote,
        prepare: Callable[[Server], None],
        on_change: OnChange,
        next_trial: Callable[[], Trial],
    ) -> None:
        self._settings, self._standing, self._listening = settings, standing, listening
        self._loaded, self._preload, self._note, self._prepare = loaded, preload, note, prepare
        self._on_change = on_change
        self._look = SuccessorTrial(next_trial)
        self._new: dict[str, Failure] = {}
        self._places = [_Place(number) for number in range(count)]
        alive, held_open = os.pipe()
        self._lifeline, self._stages = Lifeline(alive=alive, held_open=held_open), Stages(count)
        self._failing = FailingWorkers(count, [ready.name for ready in standing.ready])

    def run(self) -> int:
        """Keep them until a signal, or until one finds that what they serve is outdated; the exit code is that of one that serves alone."""
        gc.collect()
        gc.freeze()  # else each worker's first collection copies all pages
        with awaited_signals() as told:
            while True:
                for place in self._places:
                    if not place.pid and place.due <= time.monotonic():
                        self._fork(place)
                for number in told(self._until_due()):
                    if number != signal.SIGCHLD:
                        return self._stop(number)
                self._note.beat()
                self._reap()
                if self._stages.is_outdated and self._look.is_well():
                    self._stop(signal.SIGTERM)
                    orders = [number for number in told(0.0) if number != signal.SIGCHLD]
                    return OUTDATED if not orders else 130 if signal.SIGINT in orders else 0
                self._end_what_stands_still()
                self._end_one_that_is_outdated()

    def _until_due(self) -> float:
        due = [place.due for place in self._places if not place.pid]
        return max(0.0, min([1.0, *(each - time.monotonic() for each in due)]))

    def _fork(self, place: _Place) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        place.began, place.is_outdated = time.monotonic(), False
        self._stages.begin(place.number)
        # a signal that comes before the child listens for itself would be told to this process, over the pipe of both
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
        except OSError as error:
            log.error("worker %d could not be forked: %s", place.number + 1, error.strerror)
            place.due = time.monotonic() + max(1.0, self._wait_longer(place))
            pid = -1
        if pid == 0:
            self._worker(place.number).be()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        place.pid = max(pid, 0)

    def _worker(self, number: int) -> Worker:
        return Worker(
            number=number,
            settings=self._settings,
            standing=self._standing,
            listening=self._listening,
            loaded=self._loaded,
            preload=self._preload,
            note=self._note,
            stages=self._stages,
            lifeline=self._lifeline,
            prepare=self._prepare,
            failing=self._failing,
            on_change=self._on_change,
            new=self._new,
        )

    def _reap(self) -> None:
        died = False
        for place in self._places:
            with suppress(ChildProcessError):
                pid, status = os.waitpid(place.pid, os.WNOHANG) if place.pid else (0, 0)
                if pid:
                    died = True
                    self._replace(place, status)
        if died:
            self._count()

    def _replace(self, place: _Place, status: int) -> None:
        lived, pid = time.monotonic() - place.began, place.pid
        place.pid, place.due, place.aborted = 0, 0.0, 0.0
        if self._stages.is_told(place.number):
            log.info("worker %d (process %d) is replaced", place.number + 1, pid)
            return
        place.falls = place.falls if lived < _YOUNG_SECONDS else 0
        pause = self._wait_longer(place)
        log.error(
            "worker %d (process %d) ended after %.1f s: %s; another one takes its place%s",
            place.number + 1, pid, lived, _told(status), f" in {pause:.0f} s" if pause else "",
        )  # fmt: skip

    def _wait_longer(self, place: _Place) -> float:
        """At once the first time, then after 1, 2, 4, … seconds."""
        place.falls += 1
        pause = min(2.0 ** (place.falls - 2), _LONGEST_PAUSE_SECONDS) if place.falls > 1 else 0.0
        place.due = time.monotonic() + pause
        return pause

    def _count(self) -> None:
        """Look at what the dead left, and start the next ones without the module that is at the bottom of it."""
        book = reckon(self._settings, self._standing.found)
        held = held_back(self._settings, book, self._standing.found())
        new = {name: failure for name, failure in held.items() if name not in self._standing.failures}
        if new:
            self._standing = self._standing.without(new)
            self._new |= new
            for place in self._places:
                place.is_outdated = bool(place.pid)
            for name, failure in new.items():
                log.error("%s is %s: %s", name, failure.condition, failure.reason.text)
            if is_safe_mode(self._settings, book):
                log.error("the hub goes on in safe mode: only modules of tier core are served")

    def _end_what_stands_still(self) -> None:
        for place in self._places:
            still = since_beat(self._settings, place.pid, self._note.path.name) if place.pid else None
            if still is None or still < self._settings.standstill_seconds:
                continue
            if not place.aborted:
                log.error("worker %d (process %d) stands still; it is ended", place.number + 1, place.pid)
                place.aborted = time.monotonic()
                os.kill(place.pid, signal.SIGABRT)  # it leaves its traceback
            elif time.monotonic() - place.aborted > _ABORT_SECONDS:
                os.kill(place.pid, signal.SIGKILL)

    def _end_one_that_is_outdated(self) -> None:
        """One after the other, each when all of them serve."""
        if all(self._stages.is_ready(place.number) for place in self._places):
            outdated = next((place for place in self._places if place.is_outdated), None)
            if outdated is not None:
                self._tell_to_end(outdated)

    def _tell_to_end(self, place: _Place) -> None:
        self._stages.tell(place.number)
        with suppress(ProcessLookupError):
            os.kill(place.pid, signal.SIGTERM)

    def _stop(self, number: int) -> int:
        self._look.end()
        running = [place for place in self._places if place.pid]
        for place in running:
            self._tell_to_end(place)
        deadline = time.monotonic() + 2 * self._settings.stop_seconds + _EXTRA_SECONDS
        while running:
            running = [place for place in running if not _has_ended(place.pid)]
            if running and time.monotonic() > deadline:
                for place in running:
                    os.kill(place.pid, signal.SIGKILL)
                deadline += _EXTRA_SECONDS
            time.sleep(0.02 if running else 0.0)
        return 130 if number == signal.SIGINT else 0


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _told(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
        return f"killed by signal {number}"
    return f"exit code {os.waitstatus_to_exitcode(status)}"
