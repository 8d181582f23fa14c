"""The running hub: the modules that are live in this process, and why the others are not."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from ..access import AccessSnapshot
from ..containment import is_contained
from ..database import Database
from ..hooks import ExtensionPoints, HookFailed
from ..loading import LoadedModule, ModuleFailed
from ..operations.standing import Standing, failed
from ..planning import Failure, ListedModule
from ..services import ServiceRegistry
from ..settings import HubSettings
from .access_refresh import refresh_access
from .background_call import RunningContext
from .lifespan import Lifespan
from .live_module import LiveModule
from .module_health import HealthReport

log = logging.getLogger(__name__)


class Hub:
    """The modules of this process, in load order, between :meth:`start` and :meth:`stop`."""

    def __init__(self, settings: HubSettings, database: Database, standing: Standing) -> None:
        self.settings, self.database = settings, database
        database.place(standing.schemas())
        self.access = AccessSnapshot()
        self.services = ServiceRegistry()
        self.points = ExtensionPoints()
        self.health = HealthReport()
        self.draining = False
        self._standing = standing
        self._lifespans: list[Lifespan] = []
        self._refreshing: asyncio.Task[None] | None = None
        self.modules: dict[str, LiveModule] = {
            ready.loaded.name: LiveModule(ready.loaded, self._context(ready.loaded, ready.settings))
            for ready in standing.ready
        }
        self.access.replace(standing.token_digests)

    def failures(self) -> Mapping[str, Failure]:
        """Why each enabled module that is not live is not."""
        started = {name: live.failure for name, live in self.modules.items() if live.failure is not None}
        return {**self._standing.failures, **{name: failed(error) for name, error in started.items()}}

    def listing(self) -> tuple[ListedModule, ...]:
        """Every module on disk or in the database, as this process found them at its start."""
        return self._standing.listing(self.failures())

    def unavailable(self) -> frozenset[str]:
        """The modules that are enabled or wanted and are not here: blocked, failed, or gone from disk."""
        wanted = self._standing.resolution.wanted
        listed = [line for line in self.listing() if line.name not in self.modules]
        return frozenset(
            line.name for line in listed if line.state == "enabled" or (line.reasons and line.name in wanted)
        )

    async def start(self) -> None:
        """Wire extension points and services, then run each module's start; one that fails is marked, not raised."""
        self._refreshing = asyncio.create_task(refresh_access(self.access, self.database))
        self._wire_points()
        for live in self.modules.values():
            if live.failure is None:
                await self._start(live)

    async def stop(self) -> None:
        """End what :meth:`start` began, in reverse order and within the limit, then close the pool."""
        self.draining = True
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
        deadline = time.monotonic() + self.settings.stop_seconds
        while self._lifespans:
            # an equal share of what is left for each, so that one that hangs leaves the others theirs
            share = (deadline - time.monotonic()) / len(self._lifespans)
            await self._lifespans.pop().stop(max(0.0, share))
        await self.database.dispose()

    def _context(self, loaded: LoadedModule, module_settings: Any) -> RunningContext:
        return RunningContext(
            name=loaded.name,
            version=str(loaded.found.version),
            settings=module_settings,
            database=self.database,
            points=self.points,
            services=self.services,
        )

    def _wire_points(self) -> None:
        for live in self.modules.values():
            try:
                for point, specification in live.loaded.extension_points.items():
                    self.points.publish(live.name, point, specification)
                for point in live.loaded.manifest.implements:
                    self.points.implement(live.name, point, live.loaded.hooks.plugin)
            except Exception as error:
                self._fail(live, "extension points", error)

    async def _start(self, live: LiveModule) -> None:
        blockers = [
            name
            for name in sorted(self._standing.resolution.requires.get(live.name, ()))
            if self.modules[name].failure is not None
        ]
        if blockers:
            self._fail(live, "requirements", RuntimeError(f"needs {', '.join(blockers)}, which did not start"))
            return
        started = time.perf_counter()
        phase = "services"
        try:
            for protocol, factory in live.loaded.services.items():
                self.services.offer(live.name, protocol, factory(live.context))
            phase = "start"
            generator = live.loaded.hooks.ask("hub_lifespan", context=live.context)
            if generator is not None:
                lifespan = Lifespan(live.name, generator)
                await lifespan.start(self.settings.start_seconds)
                self._lifespans.append(lifespan)
        except HookFailed as error:
            self._fail(live, phase, error.__cause__ or error)
        except BaseException as error:
            if not is_contained(error):
                raise
            self._fail(live, phase, error)
        live.start_seconds = time.perf_counter() - started

    def _fail(self, live: LiveModule, phase: str, error: BaseException) -> None:
        live.failure = ModuleFailed(live.name, phase, error)
        self.services.withdraw(live.name)
        self.points.withdraw(live.name)
        log.error("%s failed: %s", live.name, phase, exc_info=error)
