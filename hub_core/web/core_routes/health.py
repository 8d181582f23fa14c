"""Health for load balancers and people: live, ready, and each module on its own."""

import asyncio
import logging
from typing import Any

from fastapi import APIRouter, Response
from hub_hookspecs import HealthStatus, NotFound
from hub_hookspecs.web import public
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ...runtime import Hub, ModuleHealth
from .hub_of import CurrentHub

log = logging.getLogger(__name__)
router = APIRouter(prefix="/health", tags=["health"], dependencies=[public()])

DATABASE_SECONDS = 2.0


@router.get("/live")
async def live() -> dict[str, str]:
    """Whether the process answers at all; restart it when not."""
    return {"status": "live"}


@router.get("/ready")
async def ready(hub: CurrentHub, response: Response) -> dict[str, Any]:
    """Whether to send requests here: 503 while stopping or without a database. A bad module degrades, no more."""
    database, modules = await asyncio.gather(_database_answers(hub), _modules(hub))
    is_ready = database and not hub.draining
    degraded = any(health["status"] != "healthy" for health in modules.values())
    if not is_ready:
        response.status_code = 503
    return {
        "status": "unavailable" if not is_ready else "degraded" if degraded else "ready",
        "draining": hub.draining,
        "database": "healthy" if database else "unhealthy",
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
    down = {name: failure.condition for name, failure in hub.failures().items() if only in (None, name)}
    return answers | {name: {"status": "unhealthy", "detail": condition} for name, condition in down.items()}


def _told(health: ModuleHealth) -> dict[str, str]:
    return {"status": HealthStatus(health.status).name.lower(), "detail": health.detail}


async def _database_answers(hub: Hub) -> bool:
    try:
        async with asyncio.timeout(DATABASE_SECONDS), hub.database.read_sessions() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.error("the database does not answer a health check: %s", type(error).__name__)
        return False
    return True
