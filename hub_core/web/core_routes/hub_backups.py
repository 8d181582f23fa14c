"""``/api/v1/hub/backup``, ``restore`` and ``backups``: the whole hub as an archive, and back, over HTTP."""

import asyncio
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from hub_hookspecs.web import requires
from pydantic import BaseModel

from ...operations.backups.listing import kept_files
from ..operation_options import Options, RestoreOptions
from .hub_of import CurrentHub
from .module_operations import ANSWERS, MODULES_MANAGE, Ask

router = APIRouter(prefix="/api/v1/hub", tags=["backups"], dependencies=[requires(MODULES_MANAGE)])


class KeptBackup(BaseModel):
    """A file that a restore may name. ``of`` a module, ``hub`` for the whole hub or ``modules`` for several."""

    file: str
    kind: Literal["archive", "recovery point"]
    of: str
    version: str | None
    revision: str | None
    at: datetime
    bytes: int
    encrypted: bool


@router.get("/backups")
async def backups(hub: CurrentHub) -> list[KeptBackup]:
    """What ``hub backup list`` shows, the newest last."""
    found = await asyncio.to_thread(kept_files, hub.settings)
    return [KeptBackup(file=each.path.name, **each.as_json()) for each in found]


@router.post("/backup", status_code=202, responses=ANSWERS)
async def backup(asking: Ask, options: Options | None = None) -> Response:
    """Write an archive of the whole hub with its registry while it serves; the result names the file."""
    return await asking.backed_up(None, options or Options())


@router.post("/restore", status_code=202, responses=ANSWERS)
async def restore(asking: Ask, options: RestoreOptions) -> Response:
    """Put all that is in an archive back; what is there now is archived first."""
    return await asking.restored(None, options)
