"""The health of modules: asked concurrently, within a limit, at most once per second."""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub_hookspecs import Health, HealthStatus

from ..containment import is_contained
from .live_module import LiveModule

log = logging.getLogger(__name__)

LIMIT_SECONDS = 2.0
KEPT_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleHealth:
    """One module's answer; ``detail`` is the module's own word and meant to be read by anyone."""

    status: HealthStatus
    detail: str = ""


class HealthReport:
    """Asks live modules and keeps each answer for a second, so that health requests cannot load them."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, ModuleHealth]] = {}

    async def of(self, modules: Iterable[LiveModule]) -> Mapping[str, ModuleHealth]:
        """Ask all ``modules`` at the same time."""
        asked = tuple(modules)
        answers = await asyncio.gather(*map(self._one, asked))
        return dict(zip((module.name for module in asked), answers, strict=True))

    async def _one(self, module: LiveModule) -> ModuleHealth:
        at, kept = self._kept.get(module.name, (0.0, None))
        if kept is not None and time.monotonic() - at < KEPT_SECONDS:
            return kept
        answer = await _ask(module)
        self._kept[module.name] = time.monotonic(), answer
        return answer


async def _ask(module: LiveModule) -> ModuleHealth:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            pending = module.loaded.hooks.ask("hub_health", context=module.context)
            health: Health | None = await pending if pending is not None else None
    except TimeoutError:
        log.warning("%s: hub_health took more than %.0f s", module.name, LIMIT_SECONDS)
        return ModuleHealth(status=HealthStatus.UNHEALTHY, detail="health check timed out")
    except BaseException as error:
        if not is_contained(error):
            raise
        log.exception("%s: hub_health failed", module.name)
        return ModuleHealth(status=HealthStatus.UNHEALTHY, detail="health check failed")
    if health is None:
        return ModuleHealth(status=HealthStatus.HEALTHY)
    return ModuleHealth(status=health.status, detail=health.detail)
