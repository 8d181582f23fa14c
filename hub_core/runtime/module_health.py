"""The health of modules and of the database: asked concurrently, within a limit, at most once per second."""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from hub_hookspecs import Health, HealthStatus
from sqlalchemy import text

from ..containment import is_contained
from ..database import Database
from ..error_text import error_line
from .acting import begin
from .kept_answers import KeptAnswers
from .live_module import LiveModule
from .loop_watch import CORE

log = logging.getLogger(__name__)

LIMIT_SECONDS = 2.0
KEPT_SECONDS = 1.0
LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleHealth:
    """One module's answer; ``detail`` is the module's own word and meant to be read by anyone, ``error`` what it raised is not."""

    status: HealthStatus
    detail: str = ""
    error: str = ""


_TIMED_OUT = ModuleHealth(status=HealthStatus.UNHEALTHY, detail="health check timed out")


class HealthReport:
    """Asks the database and live modules and keeps each answer for a second, so that health requests cannot load them.

    A module whose check does not end when it is cancelled is not asked again before it has ended.
    """

    def __init__(self) -> None:
        self._modules = KeptAnswers[ModuleHealth](KEPT_SECONDS)
        self._database = KeptAnswers[bool](KEPT_SECONDS)
        self._checks: dict[str, asyncio.Task[ModuleHealth | BaseException]] = {}

    async def of(self, modules: Iterable[LiveModule]) -> Mapping[str, ModuleHealth]:
        """Ask all ``modules`` at the same time."""
        asked = tuple(modules)
        answers = await asyncio.gather(*map(self._one, asked))
        return dict(zip((module.name for module in asked), answers, strict=True))

    async def database(self, database: Database) -> bool:
        """Whether it answers."""
        return await self._database.of(CORE, partial(_answers, database))

    async def _one(self, module: LiveModule) -> ModuleHealth:
        if not module.is_up:
            return ModuleHealth(status=HealthStatus.HEALTHY)  # what nobody has used yet is well
        return await self._modules.of(module.name, partial(self._within_limit, module))

    async def _within_limit(self, module: LiveModule) -> ModuleHealth:
        check = self._checks.get(module.name)
        if check is not None and not check.done():
            return _TIMED_OUT
        check = self._checks[module.name] = begin(module.name, _answer(module), f"health of {module.name}")
        await asyncio.wait({check}, timeout=LIMIT_SECONDS)
        if not check.done():
            check.cancel()  # and whether it ends is its own affair
            log.warning("%s: hub_health took more than %.0f s", module.name, LIMIT_SECONDS)
            return _TIMED_OUT
        answer = asyncio.CancelledError() if check.cancelled() else check.exception() or check.result()
        if isinstance(answer, BaseException):
            log.error("%s: hub_health failed", module.name, exc_info=answer)
            return ModuleHealth(status=HealthStatus.UNHEALTHY, detail="health check failed", error=error_line(answer))
        if module.override_failure and answer.status is HealthStatus.HEALTHY:
            return ModuleHealth(status=HealthStatus.DEGRADED, detail=module.override_failure)
        return answer


async def _answer(module: LiveModule) -> ModuleHealth | BaseException:
    """What the module says of itself, or raised; nobody looks at what a task raises that took too long."""
    try:
        asking: Awaitable[Health | None] | None = module.loaded.hooks.ask("hub_health", context=module.context)
        health = await asking if asking is not None else None
        if health is None:
            return ModuleHealth(status=HealthStatus.HEALTHY)
        return ModuleHealth(status=HealthStatus(health.status), detail=_readable(str(health.detail)))
    except BaseException as error:  # this task is the module's alone: whatever ends it is its failure
        return error


async def _answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(LIMIT_SECONDS), database.read_sessions() as session:
            await session.execute(text("SELECT 1"))
    except BaseException as error:  # whatever a module put into the way raises
        if not is_contained(error):
            raise
        log.error("the database does not answer a health check: %s", type(error).__name__)
        return False
    return True


def _readable(detail: str) -> str:
    """Short enough for everybody who asks, and without the halves of characters that cannot be sent."""
    return detail[:LONGEST_DETAIL].encode(errors="replace").decode()
