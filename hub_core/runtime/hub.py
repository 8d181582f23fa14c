"""The running hub: the modules that are live in this process, and why the others are not."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ..access import AccessSnapshot
from ..containment import is_contained
from ..database import Database
from ..hooks import ExtensionPoints
from ..loading import LoadedModule
from ..operations.processes.process_note import ProcessNote
from ..operations.standing import Standing, failed
from ..planning import Failure, ListedModule
from ..services import ServiceRegistry
from ..settings import HubSettings
from .acting import begin
from .background_call import RunningContext
from .first_use import FirstUse
from .following import follow_registry, overtaken
from .lifespan import collect
from .live_module import LiveModule, wrappers
from .loop_watch import CORE, LoopWatch
from .meter import Meter
from .module_health import HealthReport
from .module_threads import ModuleThreads, divide_threads

_NOTHING: Final[Mapping[str, LoadedModule]] = MappingProxyType({})
OnChange = Callable[[str, Failure | None], None]
START_SECONDS: Final = 10.0
"""How long the start of the hub waits for modules with work; it serves then, and they come up behind it."""

LOOKS_AT_ONCE: Final = 2
SHARE_SECONDS: Final = 0.5
"""What each lifespan gets to stop, while there is so much left."""
RESERVE_SECONDS: Final = 0.05
"""What is kept for each lifespan that stops later."""
TURN_SECONDS: Final = 0.02
"""What each gets even when the time is over: many need no more."""


class Hub:
    """The modules of this process, in load order, between :meth:`start` and :meth:`stop`.

    :param loaded: modules that were imported already, before this process was forked.
    :param note: where is written what is done with which module.
    """

    def __init__(
        self,
        settings: HubSettings,
        database: Database,
        standing: Standing,
        *,
        preload: bool = False,
        loaded: Mapping[str, LoadedModule] = _NOTHING,
        note: ProcessNote | None = None,
    ) -> None:
        self.settings, self.database = settings, database
        self.variables: Mapping[str, str] = dict(os.environ)
        """As this process has them before any module could change them."""
        database.place(standing.schemas())
        self.looks = asyncio.Semaphore(LOOKS_AT_ONCE)
        """Held by each command that is started to answer a request."""
        self.access = AccessSnapshot()
        self.services = ServiceRegistry()
        self.points = ExtensionPoints(ready.name for ready in standing.ready)
        self.health = HealthReport()
        self.draining = False
        self.on_change: OnChange = lambda name, failure: None
        """Told of each module that fails or comes up again, with why it is down."""
        self.on_outdated: Callable[[], None] = lambda: None
        """Called once when what is recorded is not what is served any more."""
        self.cancels_requests: Callable[[], bool] = lambda: True
        """Whether who runs this hub may have cancelled a request. Where it has not, a module did."""
        self.required = standing.required()
        self._preload = preload
        self._standing = standing
        self._background: list[asyncio.Task[None]] = []
        self.loop_watch: LoopWatch | None = None
        self.threads: ModuleThreads | None = None
        self._note = note or ProcessNote()
        self.modules = {
            ready.name: LiveModule(ready, self._note.of(ready.name, ready.found.hash)) for ready in standing.ready
        }
        for name, module in loaded.items():
            if name in self.modules:
                self.modules[name].loaded = module
        self.wrappers = wrappers(self.modules)
        self.meters = {name: Meter() for name in (CORE, *self.modules)}
        self.first_use = FirstUse(
            settings,
            standing.resolution,
            self.modules,
            self.points,
            database.extensions,
            self.services,
            self._context,
            self._changed,
        )
        self.access.replace(standing.token_digests)

    def failures(self) -> Mapping[str, Failure]:
        """Why each enabled module that is not live is not."""
        started = {name: live.failure for name, live in self.modules.items() if live.failure is not None}
        return {**self._standing.failures, **{name: failed(error) for name, error in started.items()}}

    def listing(self) -> tuple[ListedModule, ...]:
        """Every module on disk or in the database, as this process found them at its start."""
        return self._standing.listing(self.failures())

    def unavailable(self) -> Mapping[str, str]:
        """The modules that are enabled or wanted and are not here, and in which condition they are."""
        wanted = self._standing.resolution.wanted
        listed = self._standing.listing(self.failures(), but=self.modules)
        return {
            line.name: line.conditions[-1] if line.conditions else ""
            for line in listed
            if line.state == "enabled" or (line.reasons and line.name in wanted)
        }

    async def is_overtaken(self) -> bool:
        """Whether the tables may be others than this process knows: asked when a module met what it does not expect."""
        try:
            async with self.database.reading.connect() as connection:
                return await connection.run_sync(overtaken, self._standing.generation)
        except BaseException as error:  # also what a module that listens to every statement raises
            if not is_contained(error):
                raise
            return False

    async def start(self) -> None:
        """Bring up the modules that are required or have work at start, or all to preload; one that fails is marked."""
        self.threads = divide_threads()
        following = follow_registry(
            self.access,
            self.database,
            self._standing.generation,
            lambda: self.on_outdated(),
            is_amid=self._standing.is_amid,
        )
        self._background.append(begin(CORE, following, "the registry is followed"))
        folders = {name: live.found.folder for name, live in self.modules.items()}
        self.loop_watch = LoopWatch(folders, self._note.beat)
        self.loop_watch.start()
        wanted = [name for name, live in self.modules.items() if name in self.required or live.description.has_work]
        imported = [name for name, live in self.modules.items() if live.is_imported]
        if imported:  # before this process was forked; what could not be is not waited for, and without work left to its first use
            await self.first_use.bring(imported, START_SECONDS)
            await self.first_use.bring([name for name in wanted if name not in imported], 0.0)
        elif self._preload:
            await self.first_use.bring(self.modules, None)
        else:
            await self.first_use.bring(wanted, START_SECONDS)
        self._background.append(begin(CORE, self.first_use.examine(), "files are examined"))

    async def stop(self) -> None:
        """End what :meth:`start` began, in reverse order and within the limit, then close the pool."""
        self.draining = True
        deadline = time.monotonic() + self.settings.stop_seconds
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.first_use.stop()
        if self.loop_watch is not None:
            self.loop_watch.stop()
        lifespans = [self.first_use.lifespans[name] for name in self.modules if name in self.first_use.lifespans]
        for later in reversed(range(len(lifespans))):
            await lifespans[later].stop(_share(deadline - time.monotonic(), later))
        await collect(lifespans)
        await self.database.dispose()

    def _changed(self, live: LiveModule) -> None:
        self.on_change(live.name, failed(live.failure) if live.failure is not None else None)

    def _context(self, live: LiveModule) -> RunningContext:
        return RunningContext(
            name=live.name,
            version=str(live.found.version),
            database=self.database,
            points=self.points,
            services=self.services,
        )


def _share(left: float, others: int) -> float:
    """How long one lifespan may take to stop: nearly all there is, since most take no time; one that hangs leaves the others a turn each."""
    return max(left / (others + 1), left - RESERVE_SECONDS * others, min(SHARE_SECONDS, left), TURN_SECONDS)
