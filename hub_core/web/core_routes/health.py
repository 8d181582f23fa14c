"""Health for load balancers and people: live, ready, and each module on its own."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from hub_hookspecs import HealthStatus, NotFound
from hub_hookspecs.web import public

from ...runtime import Hub, ModuleHealth
from .hub_of import CurrentHub

router = APIRouter(prefix="/health", tags=["health"], dependencies=[public()])

_UNHEALTHY = {"status": "unhealthy"}
"""What a module is that is not there at all."""
_COMING = {**_UNHEALTHY, "detail": "is being brought up"}
"""What one is that must be there before any request comes, and is not yet."""


@router.get("/live")
async def live() -> dict[str, str]:
    """Whether the process answers at all; restart it when not."""
    return {"status": "live"}


@router.get("/ready")
async def ready(hub: CurrentHub, response: Response) -> dict[str, Any]:
    """Whether to send requests here: 503 while stopping, without a database, or without a module that is required.

    Any other bad module degrades, no more.
    """
    database, modules = await asyncio.gather(hub.health.database(hub.database), _modules(hub))
    missing = [name for name in sorted(hub.required) if modules.get(name, _UNHEALTHY)["status"] == "unhealthy"]
    is_ready = database and not hub.draining and not missing
    degraded = any(health["status"] != "healthy" for health in modules.values())
    if not is_ready:
        response.status_code = 503
    return {
        "status": "unavailable" if not is_ready else "degraded" if degraded else "ready",
        "draining": hub.draining,
        "database": "healthy" if database else "unhealthy",
        "missing": missing,
        "modules": modules,
    }


@router.get("/modules/{name}")
async def module(name: str, hub: CurrentHub, response: Response) -> dict[str, str]:
    """One module's health: 503 when it is unhealthy or could not be brought up."""
    found = (await _modules(hub, only=name)).get(name)
    if found is None:
        raise NotFound(f"no module {name!r} is enabled here")
    if found["status"] == "unhealthy":
        response.status_code = 503
    return {"module": name, **found}


async def _modules(hub: Hub, only: str | None = None) -> dict[str, dict[str, str]]:
    live = [each for each in hub.modules.values() if each.failure is None and only in (None, each.name)]
    answers = {name: _told(health) for name, health in (await hub.health.of(live)).items()}
    answers |= {each.name: _COMING for each in live if each.name in hub.required and not each.is_up}
    down = {name: failure.condition for name, failure in hub.failures().items() if only in (None, name)}
    return answers | {name: {"status": "unhealthy", "detail": condition} for name, condition in down.items()}


def _told(health: ModuleHealth) -> dict[str, str]:
    return {"status": HealthStatus(health.status).name.lower(), "detail": health.detail}
