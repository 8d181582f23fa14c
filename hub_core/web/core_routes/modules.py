"""``/api/v1/modules``: what ``hub list`` and ``hub show`` say, over HTTP."""

from typing import Any

from fastapi import APIRouter
from hub_hookspecs import NotFound
from hub_hookspecs.web import requires

from ...planning import AVAILABLE
from .hub_of import CurrentHub

MODULES_READ = "hub.modules.read"

router = APIRouter(prefix="/api/v1/modules", tags=["modules"], dependencies=[requires(MODULES_READ)])


@router.get("")
async def list_modules(
    hub: CurrentHub, installed: bool | None = None, category: str | None = None, application: bool | None = None
) -> list[dict[str, Any]]:
    """Every module on disk or in the database, as at the start of this process."""
    listed = [(line, line.as_json()) for line in hub.listing()]
    return [
        told
        for line, told in listed
        if installed in (None, line.state != AVAILABLE)
        and category in (None, told["category"])
        and application in (None, told["application"])
    ]


@router.get("/{name}")
async def show_module(name: str, hub: CurrentHub) -> dict[str, Any]:
    """One module; two distributions that claim its name stand under ``claimants``."""
    found = [line.as_json() for line in hub.listing() if line.name == name]
    if not found:
        raise NotFound(f"no module {name!r} is on disk or in the database")
    return found[0] if len(found) == 1 else {**found[0], "claimants": found}
