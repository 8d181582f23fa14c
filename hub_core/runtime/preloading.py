"""Import the modules before the process forks, so that its workers share one copy of them in memory.

A module that hangs costs the others a second, and all that hang together cost the limit of one.
"""

import asyncio
import logging
import time
from functools import partial
from typing import Final

from ..hooks import in_daemon_thread
from ..loading import LoadedModule, load
from ..operations.processes.process_note import ModuleNote, ProcessNote
from ..operations.standing import ReadyModule, Standing
from ..settings import HubSettings
from .installed_files import refuse_changes

log = logging.getLogger(__name__)

TURN_SECONDS: Final = 1.0
"""How long the next import waits for one that takes long."""


def preloaded(settings: HubSettings, standing: Standing, note: ProcessNote) -> dict[str, LoadedModule]:
    """Every module that may serve, imported; one that fails is left to the workers, which try it when it is needed and say why.

    Once ``start_seconds`` have passed without a success, it goes on without the rest.
    """
    return asyncio.run(_preloaded(settings, standing, note))


async def _preloaded(settings: HubSettings, standing: Standing, note: ProcessNote) -> dict[str, LoadedModule]:
    tasks: dict[str, asyncio.Task[LoadedModule]] = {}
    began = time.monotonic()
    for ready in standing.ready:
        call = partial(_load, settings, ready, note.of(ready.name, ready.found.hash))
        preloading = in_daemon_thread(call, settings.start_seconds, f"{ready.name} is preloaded")
        tasks[ready.name] = asyncio.create_task(preloading)
        await asyncio.wait({tasks[ready.name]}, timeout=TURN_SECONDS)
        if _succeeded(tasks[ready.name]):
            began = time.monotonic()
        elif time.monotonic() - began > settings.start_seconds:
            break
    await _last_ones(set(tasks.values()), began + settings.start_seconds)
    for ready in standing.ready:
        _tell(ready.name, tasks.get(ready.name))
    return {name: task.result() for name, task in tasks.items() if _succeeded(task)}


async def _last_ones(tasks: set[asyncio.Task[LoadedModule]], until: float) -> None:
    _, late = await asyncio.wait(tasks, timeout=max(0.0, until - time.monotonic())) if tasks else (tasks, tasks)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


def _succeeded(task: asyncio.Task[LoadedModule]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _tell(name: str, task: asyncio.Task[LoadedModule] | None) -> None:
    if task is None or task.cancelled():
        log.warning("%s was not preloaded: there was no time left", name)
    elif (error := task.exception()) is not None:
        log.warning("%s was not preloaded: %s", name, type(error).__name__)


def _load(settings: HubSettings, ready: ReadyModule, note: ModuleNote) -> LoadedModule:
    refuse_changes(settings, ready.found)
    with note.doing("import"):
        return load(ready.found, settings.areas)
