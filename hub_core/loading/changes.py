"""What a module did to the process when it was imported, beyond being there: that would change all the others too."""

from collections.abc import Collection

from .changed_process import shortened
from .false_modules import FalseModules
from .left_running import processes_left, threads_left
from .library_events import LibraryEvents
from .log_state import LogState
from .process_state import changed_state, confined_state, process_state
from .watched_modules import WatchedModules


class Before:
    """How the process stood before a module was imported.

    Made once, by the process that forks: a child that looked at everything itself would copy most of what it looks at.

    :param packages: those of the hub's modules.
    """

    def __init__(self, packages: Collection[str] = ()) -> None:
        self._false, self._events = FalseModules(packages), LibraryEvents()
        self._watched, self._process, self._logs = WatchedModules(), process_state(), LogState()
        self.changes()  # what is run here for the first time is not run for the first time in each child
        self.take_own()

    def take_own(self) -> None:
        """Take what this process, which forks, has changed itself meanwhile as how it was."""
        self._watched.take_all()
        self._false.take_all()

    def take_of_fork(self) -> None:
        """In the child, take what forking and confining it have changed as how it was."""
        self._watched.take_of_fork()
        self._process |= confined_state()

    def changes(self) -> str:
        """All that is no longer as it was, in one line; empty when there is nothing to be said."""
        told: list[str] = []
        try:
            told += self._watched.patches()
            told += self._false.changes()
            told += self._events.changes()
            told += self._others()
        except Exception as error:  # what was replaced may be what we compare with
            told.append(f"keeps the rest from being compared ({type(error).__name__})")
        return shortened(told)

    def _others(self) -> list[str]:
        threads = threads_left()
        processes, copies = processes_left()
        return [
            *changed_state(self._process, process_state()),
            *self._logs.changes(),
            *(["goes on twice, in this process and in a copy of it"] if copies else []),
            *started("thread", "threads", threads),
            *started("process", "processes", processes),
        ]


def started(one: str, many: str, names: list[str]) -> list[str]:
    """What is said of threads or processes that go on: nothing when there are none."""
    if not names:
        return []
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return [
        f"starts {len(names)} {one if len(names) == 1 else many} that {'goes' if len(names) == 1 else 'go'} on ({shown})"
    ]
