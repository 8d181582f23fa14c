"""``/api/v1/modules/{name}/…``: what ``hub install`` and the like do, and what ``hub validate`` and the like say, over HTTP."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response
from hub_hookspecs import NotFound
from hub_hookspecs.web import requires
from pydantic import BaseModel

from ...manifest import MODULE_NAME
from ...registry import history, owned_tables, recorded
from ..asking import Asking
from ..looks import look
from ..operation_options import (
    DisableOptions,
    DowngradeOptions,
    InstallOptions,
    MoveOptions,
    Options,
    RestoreOptions,
    UninstallOptions,
    UpgradeOptions,
)
from .hub_of import CurrentHub

MODULES_MANAGE = "hub.modules.manage"


class Accepted(BaseModel):
    """An operation that was asked for: its id, and where it is told how it goes. ``module`` is ``hub`` for the whole hub."""

    id: str
    action: str
    module: str
    address: str
    events: str
    cancel: str


ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "With `dry_run`: what the command prints with `--dry-run --json`",
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    202: {"description": "The operation is started, or the one that was before with this key", "model": Accepted},
}
router = APIRouter(prefix="/api/v1/modules/{name}", tags=["modules"], dependencies=[requires(MODULES_MANAGE)])
operations = APIRouter(responses=ANSWERS)
Name = Annotated[str, Path(pattern=rf"^{MODULE_NAME.pattern}$", max_length=100)]
Ask = Annotated[Asking, Depends()]


@operations.post("/install", status_code=202)
async def install(name: Name, asking: Ask, options: InstallOptions | None = None) -> Response:
    """Install a module with all it requires, and enable it. Where it is installed already it is enabled."""
    return await asking.answer(name, options or InstallOptions())


@operations.post("/uninstall", status_code=202)
async def uninstall(name: Name, asking: Ask, options: UninstallOptions | None = None) -> Response:
    """Uninstall a module; its tables and rows stay unless they are to be archived or purged."""
    return await asking.answer(name, options or UninstallOptions())


@operations.post("/enable", status_code=202)
async def enable(name: Name, asking: Ask, options: Options | None = None) -> Response:
    """Enable a module that is installed, with all it requires."""
    return await asking.answer(name, options or Options())


@operations.post("/disable", status_code=202)
async def disable(name: Name, asking: Ask, options: DisableOptions | None = None) -> Response:
    """Disable a module; its tables and rows stay as they are."""
    return await asking.answer(name, options or DisableOptions())


@operations.post("/upgrade", status_code=202)
async def upgrade(name: Name, asking: Ask, options: UpgradeOptions | None = None) -> Response:
    """Upgrade a module to its newest release, or to one of a range."""
    return await asking.answer(name, options or UpgradeOptions())


@operations.post("/downgrade", status_code=202)
async def downgrade(name: Name, asking: Ask, options: DowngradeOptions | None = None) -> Response:
    """Go back to an older release, by default to the one before the last upgrade, with the data taken back."""
    return await asking.answer(name, options or DowngradeOptions())


@operations.post("/rollback", status_code=202)
async def rollback(name: Name, asking: Ask, options: Options | None = None) -> Response:
    """Take the last upgrade of a module back."""
    return await asking.answer(name, options or Options())


@operations.post("/move", status_code=202)
async def move(name: Name, asking: Ask, options: MoveOptions) -> Response:
    """Move the tables of a module, with their rows, to another schema of the database (PostgreSQL)."""
    return await asking.answer(name, options)


@operations.post("/backup", status_code=202)
async def backup(name: Name, asking: Ask, options: Options | None = None) -> Response:
    """Write an archive of a module while it serves; the result names the file."""
    return await asking.backed_up(name, options or Options())


@operations.post("/restore", status_code=202)
async def restore(name: Name, asking: Ask, options: RestoreOptions) -> Response:
    """Put the tables of a module back as a backup or an archive has them; what is there now is backed up first."""
    return await asking.restored(name, options)


@router.get("/validate")
async def validate(name: Name, asking: Ask) -> Response:
    """What ``hub validate`` finds in the files of a module."""
    return await asking.looked("validate", name)


@router.get("/schema")
async def schema(name: Name, hub: CurrentHub) -> dict[str, Any]:
    """The tables of a module, its revision, and where the database differs from its models.

    Where that cannot be said, ``differences`` is null and ``problem`` says why.
    """
    async with hub.database.reading.connect() as connection:
        rows, tables = await connection.run_sync(recorded), await connection.run_sync(owned_tables, name)
    if name not in rows:
        raise NotFound(f"no module {name!r} is recorded")
    found = await look(hub, ("schema", "diff", name))
    row = rows[name]
    return {
        "module": name,
        "version": row.version,
        "revision": row.revision,
        "placement": row.placement,
        "tables": sorted(tables),
        "differences": found.value,
        "problem": found.failure,
    }


@router.get("/migrations")
async def migrations(name: Name, hub: CurrentHub) -> dict[str, Any]:
    """The migrations of a module that ran, the latest last."""
    async with hub.database.reading.connect() as connection:
        rows = await connection.run_sync(recorded)
        ran = await connection.run_sync(history, name)
    if name not in rows and not ran:
        raise NotFound(f"no migration of {name!r} ran on this database")
    row = rows.get(name)
    return {"module": name, "revision": row.revision if row else None, "migrations": [each.as_json() for each in ran]}


router.include_router(operations)
