"""One of several processes that serve a hub: what the forked child does until it ends."""

import logging
import mmap
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, NoReturn

from ..errors import HubError
from ..loading import LoadedModule
from ..operations.processes.process_note import ProcessNote, noted
from ..operations.standing import Standing
from ..planning import Failure
from ..runtime import Hub, OnChange
from ..settings import HubSettings
from .awaited_signals import SIGNALS, heard_signals
from .failing_workers import FailingWorkers
from .serving import Server

log = logging.getLogger(__name__)

_ORDERLY: Final = (HubError, KeyboardInterrupt, SystemExit)


class Stages:
    """What each worker is at, in memory that all of them share: whether it serves, is outdated, was told to end.

    Each cell has one writer: a worker that comes up while it is told to end must not overwrite that.
    """

    def __init__(self, count: int) -> None:
        self._ready, self._told, self._ever = mmap.mmap(-1, count), mmap.mmap(-1, count), mmap.mmap(-1, 1)
        self._outdated = mmap.mmap(-1, 1)

    def begin(self, number: int) -> None:
        """A new worker takes this place."""
        self._ready[number] = self._told[number] = 0

    def set_ready(self, number: int) -> None:
        """It serves."""
        self._ready[number] = 1
        if number == 0:
            self._ever[0] = 1

    def is_ready(self, number: int) -> bool:
        """Whether it serves, and may go on."""
        return bool(self._ready[number]) and not self._told[number]

    def tell(self, number: int) -> None:
        """Its end is an order."""
        self._told[number] = 1

    def is_told(self, number: int) -> bool:
        """Whether it was told to end."""
        return bool(self._told[number])

    def set_outdated(self) -> None:
        """What is served is not what is recorded any more."""
        self._outdated[0] = 1

    @property
    def is_outdated(self) -> bool:
        """Whether a worker has said so."""
        return bool(self._outdated[0])

    @property
    def was_ready(self) -> bool:
        """Whether the first place was ever ready, so that the hub was reported."""
        return bool(self._ever[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifeline:
    """A pipe that ends with the process that forks workers: they read ``alive``, it holds ``held_open``."""

    alive: int
    held_open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """All that a worker is made of.

    :param prepare: told of the server before it serves, by the first worker that comes up.
    :param new: what has been held back since the start; those that come up behind it write it down.
    """

    number: int
    settings: HubSettings
    standing: Standing
    listening: socket.socket
    loaded: Mapping[str, LoadedModule]
    preload: bool
    note: ProcessNote
    stages: Stages
    lifeline: Lifeline
    prepare: Callable[[Server], None]
    failing: FailingWorkers
    on_change: OnChange
    new: Mapping[str, Failure]

    def be(self) -> NoReturn:
        """Serve, and end the process."""
        code = 70
        try:
            code = self._serve()
        except BaseException:
            log.exception("worker %d ended", self.number + 1)
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _serve(self) -> int:
        signal.set_wakeup_fd(-1)
        for number in heard_signals():
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(self.lifeline.held_open)
        threading.Thread(target=self._end_with_the_first, daemon=True).start()
        self.note.leave()
        with noted(self.settings, _ORDERLY, family=self.note.path.name) as note:
            server = Server(
                self.settings, self.standing, self.listening, preload=self.preload, loaded=self.loaded, note=note
            )
            note.was_ordered = lambda: self.stages.is_told(self.number) or server.is_interrupted
            left = self.failing.left(self.number)
            server.on_outdated = self.stages.set_outdated
            server.hub.on_change = self.failing.told(self.number, self.on_change)
            if self.number == 0 and not self.stages.was_ready:
                self.prepare(server)
            server.on_ready = partial(self._ready, server.on_ready, server.hub, left)
            try:
                return server.run()
            except Exception:
                if not self.stages.is_told(self.number):
                    raise
                return 0  # told to end while it came up

    def _ready(self, report: Callable[[str], None], hub: Hub, left: Collection[str], address: str) -> None:
        self.stages.set_ready(self.number)
        report(address)
        for name, failure in self.new.items():
            self.on_change(name, failure)
        failures = hub.failures()
        for name in left:
            if name not in failures:  # it was down in the worker whose place this one took
                hub.on_change(name, None)

    def _end_with_the_first(self) -> None:
        """Nobody is left to stand in for this worker, or to end it."""
        os.read(self.lifeline.alive, 1)
        self.stages.tell(self.number)
        os.kill(os.getpid(), signal.SIGTERM)
