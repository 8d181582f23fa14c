"""Take the wanted modules one by one, as they were described; none of them is imported for it."""

import logging
from collections.abc import Callable

from ..loading import ModuleFailed
from ..planning import Failure
from .descriptions import Known
from .environment import Situation
from .standing import ReadyModule, blocked_by, failed

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
            log.error("%s failed: %s\n%s", name, error.phase, error.details.rstrip())
            self.errors.append(error)
            self.failures[name] = failed(error)
