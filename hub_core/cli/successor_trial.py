"""Whether the hub would start anew, found out beside workers that serve meanwhile."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from .awaited_signals import SIGNALS
from .serving import RETRY_SECONDS, Trial

log = logging.getLogger(__name__)


class SuccessorTrial:
    """Asks in a process of its own, so that nobody waits for the answer."""

    def __init__(self, next_trial: Callable[[], Trial]) -> None:
        self._next, self._pid, self._due = next_trial, 0, 0.0

    def is_well(self) -> bool:
        """Whether it was found that it would; looks again after a while when it would not."""
        if not self._pid and time.monotonic() >= self._due:
            trial = self._next()
            try:
                self._pid = os.fork()
            except OSError as error:
                self._due = time.monotonic() + RETRY_SECONDS
                log.error("whether the hub would start anew could not be found out: %s", error)
                return False
            if not self._pid:
                self._be(trial)
        elif self._pid:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._pid, self._due = 0, time.monotonic() + RETRY_SECONDS
                return status == 0
        return False

    def _be(self, trial: Trial) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            code = 0 if trial() else 1
        except BaseException:
            log.exception("whether the hub would start anew could not be found out")
        finally:
            os._exit(code)

    def end(self) -> None:
        """Look no more."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
