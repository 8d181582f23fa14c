"""Take modules one by one, as they were described: those that leave, then the wanted ones."""

import logging
from collections.abc import Callable

from ..loading import ModuleFailed
from ..planning import Failure
from .describing.descriptions import Known
from .environment import Situation
from .standing import ReadyModule, blocked_by, failed, kept_for

log = logging.getLogger(__name__)


class Bringing:
    """Takes modules in order; one that fails blocks those that require it, and no other."""

    def __init__(self, now: Situation, known: Known) -> None:
        self._now, self._known = now, known
        self.ready: list[ReadyModule] = []
        self.failures: dict[str, Failure] = {}
        self.errors: list[ModuleFailed] = []

    def bring(self, name: str, prepare: Callable[[ReadyModule], None]) -> None:
        """Take one module that the probe found well, and let ``prepare`` do what its plan asks."""
        requires = self._now.resolution.requires[name]
        missing = [each for each in sorted(requires) if each in self.failures]
        held = self._known.held.get(name) or (blocked_by(missing) if missing else None)
        if held is not None:
            self.failures[name] = held
            return
        try:
            ready = self._known.ready(self._now.resolution.modules[name])
            prepare(ready)
            self.ready.append(ready)
        except ModuleFailed as error:
            self._fail(error)

    def let_go(self, name: str, stop: Callable[[ReadyModule | None], None]) -> None:
        """Let ``stop`` disable one module; when that fails it stays enabled, and so do those that it requires."""
        requires = self._now.resolution.requires
        staying = [each for each in sorted(self.failures) if name in requires.get(each, ())]
        if staying:
            self.failures[name] = kept_for(staying)
            return
        try:
            stop(self._leaving(name))
        except ModuleFailed as error:
            self._fail(error)

    def _leaving(self, name: str) -> ReadyModule | None:
        """The module as it was described; ``None`` when it has no code that could run."""
        found = self._now.resolution.modules.get(name)
        if found is None or name in self._known.held:
            return None
        try:
            return self._known.ready(found)
        except ModuleFailed as error:
            log.warning("%s is disabled without being asked: it failed in the phase %s", name, error.phase)
            return None

    def _fail(self, error: ModuleFailed) -> None:
        log.error("%s failed: %s\n%s", error.module, error.phase, error.details.rstrip())
        self.errors.append(error)
        self.failures[error.module] = failed(error)
