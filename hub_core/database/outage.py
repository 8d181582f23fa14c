"""What no revision can help: the disk is full, the server away, the file locked, a right missing. Told apart from all else."""

import os
import re
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from .. import disk_space
from ..disk_space import FULL, DiskFull, no_space
from ..errors import HubError
from .driver_text import plain_text
from .sqlite_holder import DatabaseLocked, holder
from .url import DatabaseUrl

SCARCE_BYTES: Final = 1 << 20
"""With less than this free, SQLite's "disk I/O error" and "unable to open" mean a full disk: they hide the reason."""

AGAIN_WHEN_BACK: Final = "See that the server answers again, then run this again"

AS_BEFORE: Final = "when it is back, the tables are as before"
IN_DOUBT: Final = "when it is back, the tables are whole: as after, if the commit had arrived, else as before"
HALF_WAY: Final = "when it is back, what was done is there, and running it again completes it"

_SQLITE_BUSY, _SQLITE_FULL, _SQLITE_HIDES = 5, 13, (10, 14)
_NOT_ALLOWED: Final = "42501"
_DENIED: Final = re.compile(r"permission denied for (schema|database) (.+)")
_SERVER_FULL: Final = "53100"
_SESSION_ENDED: Final = ("25P03", "57P01", "57P05")
_SERVER_AWAY: Final = ("08", "57P02", "57P03")


class DatabaseGone(HubError):
    """The database server went away while it was used; what it had not committed is not kept."""

    code = "database_gone"

    def __init__(self, url: DatabaseUrl, cause: str) -> None:
        super().__init__(f"the database {url.masked} went away", cause=cause, remedy=AGAIN_WHEN_BACK)
        self.url = url


def told(error: BaseException, url: DatabaseUrl, *, then: str = AS_BEFORE) -> tuple[str, str] | None:
    """Cause and remedy when ``error`` says that the disk is full, the server gone, the file locked or the role not allowed.

    ``None`` for anything else.

    :param then: what is true of the tables when a server that went away is back.
    """
    outage = explained_outage(error, url)
    if isinstance(outage, DatabaseGone):
        return f"{outage.cause}; {then}", outage.remedy
    return (outage.cause or "", outage.remedy) if outage else _not_allowed(error, url)


def explained_outage(error: BaseException, url: DatabaseUrl) -> DiskFull | DatabaseGone | DatabaseLocked | None:
    """The same as an error of the hub."""
    if isinstance(error, DiskFull | DatabaseGone | DatabaseLocked):
        return error
    driver = error.orig if isinstance(error, DBAPIError) else error
    if url.kind == "sqlite" and getattr(driver, "sqlite_errorcode", 0) & 0xFF == _SQLITE_BUSY:
        return DatabaseLocked(url.sqlite_path, holder(url.sqlite_path))
    if cause := _full(error, url):
        return DiskFull(f"the database {url.masked} cannot be written", cause)
    if url.kind == "postgresql" and (cause := _gone(error, url)):
        return DatabaseGone(url, cause)
    return None


def _full(error: BaseException, url: DatabaseUrl) -> str | None:
    if isinstance(error, OSError) and error.errno in FULL:
        return no_space(Path(os.fsdecode(error.filename)) if error.filename else _folder(url))
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        primary = getattr(driver, "sqlite_errorcode", 0) & 0xFF
        hidden = (
            primary in _SQLITE_HIDES and url.kind == "sqlite" and disk_space.free_bytes(_folder(url)) < SCARCE_BYTES
        )
        return no_space(url.sqlite_path) if primary == _SQLITE_FULL or hidden else None
    if getattr(driver, "sqlstate", None) == _SERVER_FULL:
        return f"no space is left on the disk of the database server at {where(url)} ({_text(driver)})"
    return None


def _folder(url: DatabaseUrl) -> Path:
    return url.sqlite_path.parent if url.kind == "sqlite" else Path.cwd()


def _gone(error: BaseException, url: DatabaseUrl) -> str | None:
    driver = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(driver, "sqlstate", None)
    if state in _SESSION_ENDED:
        return f"the database server at {where(url)} ended the session ({_text(driver)})"
    if (state or "").startswith(_SERVER_AWAY) or (state is None and _is_disconnect(error)):
        return f"the database server at {where(url)} went away ({_text(driver)})"
    return None


def _not_allowed(error: BaseException, url: DatabaseUrl) -> tuple[str, str] | None:
    """Which right the role of the hub lacks, and the statement that gives it."""
    driver = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if getattr(driver, "sqlstate", None) != _NOT_ALLOWED:
        return None
    said, role = plain_text(driver), url.url.username
    cause = f"the role {role or 'of the hub'} may not do this: {said}"
    if denied := _DENIED.fullmatch(said):
        kind, name = denied.groups()
        right = f"GRANT CREATE ON {kind.upper()} {_name(name)} TO {_name(role) if role else '<role>'}"
        return cause, f"Let who owns the database run {right}; then run this again"
    return cause, f"Let who owns it GRANT that to the role {role or 'of the hub'}; then run this again"


def _name(name: str) -> str:
    """As SQL takes it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _is_disconnect(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    import psycopg

    return isinstance(error, psycopg.OperationalError)


def where(url: DatabaseUrl) -> str:
    """Host and port, as people write them."""
    return f"{url.url.host or 'localhost'}:{url.url.port or 5432}"


def _text(driver: object) -> str:
    """What the server said first; hints and details may hold what people wrote."""
    return str(driver).partition("\n")[0].strip()
