"""Bring modules up when they are needed: import, wire, start; each once, within limits, and again after a failure.

A module is brought up together with those it requires and those that contribute to its extension points, in load order:
afterwards it finds everything it may ask for. Whoever waits for it waits for one task.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Final, TypeVar

from ..containment import is_contained
from ..database import ModelExtensions
from ..errors import HubError
from ..hooks import Escaped, ExtensionPoints, HookFailed, in_daemon_thread
from ..loading import LoadedModule, ModuleFailed, load, module_settings, take_as_it_is
from ..operations.processes.process_note import BACKGROUND
from ..resolution import Resolution
from ..services import ServiceRegistry
from ..settings import HubSettings
from .acting import begin
from .background_call import RunningContext
from .bringing_order import BringingOrder
from .installed_files import refuse_changes
from .lifespan import Lifespan
from .live_module import LiveModule

T = TypeVar("T")

log = logging.getLogger(__name__)

WARNING_SECONDS: Final = 10.0
"""After which a start that goes on is told."""
TURN_SECONDS: Final = 1.0
"""How long an import waits for another one."""
REQUEST_SECONDS: Final = 10.0
"""How long a request waits for its module's first use."""
CONTRIBUTOR_SECONDS: Final = 1.5
"""How long a module waits for the next of those that contribute to it and that it does not require; the others join later."""
EXAMINED_AFTER_SECONDS: Final = 3.0
"""How long after the start the files of modules that nobody has used yet are looked at."""
_BETWEEN_FILES_SECONDS: Final = 0.01
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 600.0
"""A module that failed is tried again after 5, 10, 20, … seconds (the numbers of Home Assistant)."""


class ModuleStarting(HubError):
    """A module is on its way up and was not waited for any longer."""

    code = "module_starting"

    def __init__(self, module: str) -> None:
        super().__init__(f"{module} is being brought up", remedy="Try again in a few seconds")


class _LeftBehind(TimeoutError):
    """The hub's limit was reached: a thread goes on with code of the module. A module may raise TimeoutErrors of its own."""


class FirstUse:
    """Brings up the modules of one process."""

    def __init__(
        self,
        settings: HubSettings,
        resolution: Resolution,
        modules: Mapping[str, LiveModule],
        points: ExtensionPoints,
        extensions: ModelExtensions,
        services: ServiceRegistry,
        context: Callable[[LiveModule], RunningContext],
        on_change: Callable[[LiveModule], None],
    ) -> None:
        self._settings, self._resolution, self._modules = settings, resolution, modules
        self._points, self._extensions, self._services, self._context = points, extensions, services, context
        self._on_change = on_change
        self._order = BringingOrder(resolution, {name: live.manifest for name, live in modules.items()})
        self._turn = threading.Lock()
        self._wirings: dict[str, asyncio.Task[None]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._retries: dict[str, asyncio.Task[None]] = {}
        self.lifespans: dict[str, Lifespan] = {}

    async def need(self, live: LiveModule) -> None:
        """Have ``live`` up, or its ``failure`` set.

        :raises ModuleStarting: when that takes longer than a request waits.
        """
        if await self.bring([live.name], REQUEST_SECONDS):
            raise ModuleStarting(live.name)

    async def bring(self, names: Iterable[str], seconds: float | None) -> Collection[str]:
        """Bring modules up, with all that belongs to them; answers those that are not done within ``seconds``.

        What only contributes to them is brought up as well, and not waited for as long as they themselves.
        """
        wanted = tuple(names)
        together = {each for name in wanted for each in self._order.together(name)}
        needed = {each for name in wanted for each in self._order.required(name)}
        if not together <= self._tasks.keys():
            take_as_it_is()
        tasks = {each: self._task(each) for each in self._order.sorted(together)}
        if not tasks:
            return ()
        done, late = await asyncio.wait([tasks[name] for name in needed], timeout=seconds)
        if not late:
            await _while_they_come(task for task in tasks.values() if task not in done)
        return [name for name in tasks if name in needed and tasks[name] in late]

    async def examine(self) -> None:
        """Hold the files of all that is not imported yet against what was installed, and be in nobody's way meanwhile."""
        await asyncio.sleep(EXAMINED_AFTER_SECONDS)
        for live in self._modules.values():
            if not live.is_imported and live.failure is None:
                await asyncio.sleep(_BETWEEN_FILES_SECONDS)
                try:
                    await self._limited(live, partial(refuse_changes, self._settings, live.found))
                except ModuleFailed as error:
                    self._fail(live, error, error.__cause__ or error)
                except TimeoutError:
                    log.warning("%s: its files could not be read in time", live.name)

    async def stop(self) -> None:
        """Bring nothing up any more."""
        begun = (*self._wirings.values(), *self._tasks.values())
        tasks = [*self._retries.values(), *(task for task in begun if not task.done())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wiring(self, name: str) -> asyncio.Task[None]:
        task = self._wirings.get(name)
        if task is None:
            task = self._wirings[name] = begin(name, self._wired(self._modules[name]), f"{name} is wired")
        return task

    def _task(self, name: str) -> asyncio.Task[None]:
        task = self._tasks.get(name)
        if task is None:
            task = self._tasks[name] = begin(name, self._up(self._modules[name]), f"{name} comes up")
        return task

    async def _wired(self, live: LiveModule) -> None:
        """Import and wire it behind those it requires."""
        await _all(self._wiring(each) for each in self._order.before(live.name))
        await self._guarded(live, self._wire)

    async def _up(self, live: LiveModule) -> None:
        """Start it once what it requires is up, and wired what contributes to it, unless that hangs."""
        warning = asyncio.get_running_loop().call_later(
            WARNING_SECONDS, log.warning, "%s is not up after %.0f s", live.name, WARNING_SECONDS
        )
        try:
            wirings = {each: self._wiring(each) for each in self._order.together(live.name)}
            required = self._order.required(live.name)
            await _all(task for name, task in wirings.items() if name in required)
            await _while_they_come(task for name, task in wirings.items() if name not in required)
            await _all(self._task(each) for each in self._order.before(live.name))
            if live.failure is None:
                await self._guarded(live, self._start)
        finally:
            warning.cancel()

    async def _attempt(self, live: LiveModule) -> None:
        if await self._guarded(live, self._wire):
            await self._guarded(live, self._start)

    async def _guarded(self, live: LiveModule, step: Callable[[LiveModule], Awaitable[None]]) -> bool:
        """Whether ``step`` went well; a failure is kept with the module, and it is tried again later."""
        goes_on = False
        try:
            await step(live)
        except ModuleFailed as error:
            self._fail(live, error, error.__cause__ or error)
        except _LeftBehind as error:
            goes_on = True
            self._turn = threading.Lock()  # the thread that is left behind may keep the old one
            cause = error.__cause__ or error
            self._fail(live, ModuleFailed(live.name, live.phase, cause), cause)
        except (HookFailed, Escaped) as error:
            cause = error.__cause__ or error
            self._fail(live, ModuleFailed(live.name, live.phase, cause), cause)
        except BaseException as error:
            if not is_contained(error):
                raise
            self._fail(live, ModuleFailed(live.name, live.phase, error), error)
        else:
            return True
        finally:
            if not goes_on:  # else the thread may still end this process, and the next one shall know who it was
                live.note.phase(BACKGROUND if live.is_up and live.name in self.lifespans else "")
        return False

    async def _wire(self, live: LiveModule) -> None:
        self._refuse_blocked(live, lambda other: other.failure is not None)
        live.phase = "import"
        if not live.is_imported:
            live.loaded = await self._loaded(live)
        live.phase = "settings"
        await self._configure(live)
        live.phase = "extension points"
        self._wire_points(live, live.loaded)
        self._wire_extensions(live)

    async def _start(self, live: LiveModule) -> None:
        started = time.perf_counter()
        self._refuse_blocked(live, lambda other: not other.is_up)
        live.phase = "services"
        for protocol, factory in live.loaded.services.items():
            service = await self._limited(live, partial(factory, live.context))
            self._services.offer(live.name, protocol, service)
        live.phase = "start"
        generator = live.loaded.hooks.ask("hub_lifespan", context=live.context)
        if generator is not None:
            lifespan = Lifespan(live.name, generator)
            await lifespan.start(self._settings.start_seconds)
            self.lifespans[live.name] = lifespan
        before, live.failure, live.is_up = live.failure, None, True
        if before is not None:
            log.info("%s is up", live.name)
            self._on_change(live)
        live.start_seconds = time.perf_counter() - started
        self._retry_blocked(live.name)

    def _refuse_blocked(self, live: LiveModule, is_down: Callable[[LiveModule], bool]) -> None:
        requires = self._resolution.requires.get(live.name, ())
        blockers = [name for name in sorted(requires) if name in self._modules and is_down(self._modules[name])]
        if blockers:
            raise ModuleFailed(
                live.name, "requirements", RuntimeError(f"needs {', '.join(blockers)}, which did not start")
            )

    async def _loaded(self, live: LiveModule) -> LoadedModule:
        await self._limited(live, partial(refuse_changes, self._settings, live.found))
        return await self._limited(live, partial(self._load, live))

    def _load(self, live: LiveModule) -> LoadedModule:
        # One at a time: what libraries do while routes and models are built is not made for threads (warnings filters,
        # for one). But one that hangs holds nobody up for long.
        turn = self._turn
        has_turn = turn.acquire(timeout=TURN_SECONDS)
        try:
            return load(live.found, self._settings.areas)
        finally:
            if has_turn:
                turn.release()

    async def _configure(self, live: LiveModule) -> None:
        if not live.is_configured:
            values = await self._limited(live, partial(module_settings, live.loaded, live.values))
            context = self._context(live)
            context.settings = values
            live.context = context

    def _wire_points(self, live: LiveModule, loaded: LoadedModule) -> None:
        for point, specification in loaded.extension_points.items():
            self._points.publish(live.name, point, specification)
        for point in live.manifest.implements:
            self._points.implement(live.name, point, loaded.hooks.plugin)

    def _wire_extensions(self, live: LiveModule) -> None:
        fields, place = (
            {each.model: each.fields for each in live.manifest.extends},
            list(self._modules).index(live.name),
        )
        for extension in live.loaded.extensions:
            self._extensions.extend(live.name, extension, fields[extension.target], place=place)

    async def _limited(self, live: LiveModule, call: Callable[[], T]) -> T:
        ended = False

        def watched() -> T:
            nonlocal ended
            try:
                return call()
            finally:
                ended = True

        try:
            return await in_daemon_thread(watched, self._settings.start_seconds, f"{live.name} comes up")
        except TimeoutError as error:
            if ended:
                raise
            raise _LeftBehind(str(error)) from error

    def _fail(self, live: LiveModule, error: ModuleFailed, cause: BaseException) -> None:
        before = live.failure
        live.failure, live.is_up = error, False
        self._services.withdraw(live.name)
        self._points.withdraw(live.name)
        self._extensions.withdraw(live.name)
        if before is None or (before.phase, before.kind) != (error.phase, error.kind):
            log.error("%s failed: %s", live.name, error.phase, exc_info=cause)
            self._on_change(live)
        if error.phase not in ("changed", "requirements") and not error.is_final:
            self._retry_later(live)

    def _retry_later(self, live: LiveModule) -> None:
        if live.name not in self._retries:
            self._retries[live.name] = begin(live.name, self._retry(live), f"{live.name} is tried again")

    async def _retry(self, live: LiveModule) -> None:
        pause = FIRST_PAUSE_SECONDS
        while live.failure is not None and not live.failure.is_final:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            await self._attempt(live)
        del self._retries[live.name]

    def _retry_blocked(self, name: str) -> None:
        """Bring up what could not be, because it requires ``name``."""
        for other in self._modules.values():
            is_blocked = other.failure is not None and other.failure.phase == "requirements"
            if is_blocked and name in self._resolution.requires.get(other.name, ()):
                self._tasks[other.name] = begin(other.name, self._attempt(other), f"{other.name} comes up")


async def _all(tasks: Iterable[asyncio.Task[None]]) -> None:
    if waited_for := tuple(tasks):
        await asyncio.wait(waited_for)


async def _while_they_come(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait as long as one of ``tasks`` ends every now and then."""
    left = set(tasks)
    while left:
        done, left = await asyncio.wait(left, timeout=CONTRIBUTOR_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
