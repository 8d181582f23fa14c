"""Can the database be opened, is it the hub's, and is there room on the disk?"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ...database import DatabaseMissing, DatabaseUrl, connect, parse_url, sqlite_obstacle
from ...errors import HubError
from ...registry import is_prepared, recorded, recorded_failures
from ...settings import HubSettings
from ..folders import nearest_existing
from ..observation import Observation, error, ok, told, warning
from .paths import read_or_none

ENOUGH_BYTES = 100_000_000
"""With less free space than this, a disk counts as nearly full."""


def examine(folder: Path) -> Iterator[Observation]:
    """The URL, the server or file behind it, what it holds, and free space. Changes nothing."""
    settings = read_or_none(folder)
    if isinstance(settings, Observation):
        yield warning(
            code="not_examined",
            text="which database it is cannot be told, as the settings are not valid",
            remedy="Correct the settings, and call `hub doctor` again",
        )
        return
    folders = {settings.state_folder}
    try:
        url = parse_url(settings.effective_database_url)
        if url.kind == "sqlite":
            folders.add(url.sqlite_path.parent)
        yield _content(url, settings)
    except HubError as fault:
        yield told(fault)
    except OSError as fault:
        yield error(
            code="database_unreachable",
            text=f"{fault.filename} cannot be reached: {fault.strerror}",
            remedy="Give this user the right to read its folder",
        )
    yield from _nearly_full(folders)


def _content(url: DatabaseUrl, settings: HubSettings) -> Observation:
    is_own = not settings.database_url  # `hub up` makes the folder of its own database
    if url.kind == "sqlite" and not (is_own and not url.sqlite_path.parent.exists()):
        if obstacle := sqlite_obstacle(url, read_only=False):
            raise obstacle
        if not url.sqlite_path.exists():
            return _not_prepared(f"{url.masked} does not exist yet")
    try:
        with connect(url, read_only=True) as connection:
            if not is_prepared(connection):
                return _not_prepared(f"{url.masked} holds nothing of the hub yet")
            modules, failures = recorded(connection), recorded_failures(connection)
    except DatabaseMissing:
        if url.kind == "sqlite":
            return _not_prepared(f"{url.masked} does not exist yet")
        raise
    except (SQLAlchemyError, ValueError) as fault:
        why = " ".join(str(getattr(fault, "orig", None) or fault).split())
        return error(
            code="database_unreadable",
            text=f"{url.masked} can be opened, and what the hub recorded in it cannot be read: {why}",
            remedy="Restore it from a backup, or name another database",
        )
    came_up = f", {len(failures)} of them did not come up" if failures else ""
    return ok(code="database_ready", text=f"{url.masked} is the hub's; it records {len(modules)} modules{came_up}")


def _not_prepared(text: str) -> Observation:
    return warning(code="database_not_prepared", text=text, remedy="Run `hub up`, which prepares it")


def _nearly_full(folders: set[Path]) -> Iterator[Observation]:
    disks: dict[int, Path] = {}
    for folder in sorted(folders):
        try:
            place = nearest_existing(folder)
            disks.setdefault(place.stat().st_dev, place)
        except OSError:
            continue  # the paths' own check says so
    for place in disks.values():
        free = shutil.disk_usage(place).free
        if free < ENOUGH_BYTES:
            yield warning(
                code="disk_nearly_full",
                text=f"the disk of {place} has {free / 1e6:.0f} MB left",
                remedy=f"Make room: with less than {ENOUGH_BYTES / 1e6:.0f} MB a migration or an install may fail half way",
            )
        else:
            yield ok(code="disk_space", text=f"the disk of {place} has {free / 1e9:.1f} GB left")
