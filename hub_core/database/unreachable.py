"""Why a database cannot be opened, in words a person can act on."""

import os
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from ..errors import HubError
from .url import DatabaseUrl


class DatabaseUnreachable(HubError):
    """The database cannot be opened."""

    code = "database_unreachable"

    def __init__(self, url: DatabaseUrl, why: str, *, remedy: str) -> None:
        super().__init__(f"cannot open the database {url.masked}", cause=why, remedy=remedy)
        self.url = url


class DatabaseMissing(DatabaseUnreachable):
    """There is no such database; it would have to be created."""

    code = "database_missing"


def sqlite_obstacle(url: DatabaseUrl, *, read_only: bool) -> DatabaseUnreachable | None:
    """What the file system says against opening the file, before SQLite reduces it to one sentence."""
    path = url.sqlite_path
    if not path.parent.is_dir():
        return DatabaseMissing(
            url,
            f"the folder {path.parent} does not exist",
            remedy="Run `hub up`, which prepares it, or name another file"
            if read_only
            else "Create it, or name another file",
        )
    if path.is_dir():
        return DatabaseUnreachable(url, f"{path} is a folder", remedy="Name a file in it")
    if not path.exists():
        if read_only:
            return DatabaseMissing(url, f"there is no file {path}", remedy="Run `hub up` to create it")
        return _unwritable(url, path.parent, "folder")
    if not _may(path, os.R_OK):
        return DatabaseUnreachable(url, f"{path} cannot be read", remedy="Give this user the right to read it")
    if read_only:
        return None
    # SQLite also writes its journal and index beside the file
    return _unwritable(url, path, "file") or _unwritable(url, path.parent, "folder")


def _may(path: Path, right: int) -> bool:
    return os.access(path, right, effective_ids=os.access in os.supports_effective_ids)


def _unwritable(url: DatabaseUrl, path: Path, what: str) -> DatabaseUnreachable | None:
    if _may(path, os.W_OK):
        return None
    remedy = f"Give this user the right to write it, or name a file in another {'place' if what == 'file' else what}"
    return DatabaseUnreachable(url, f"the {what} {path} is not writable", remedy=remedy)


def explained(url: DatabaseUrl, error: DBAPIError) -> DatabaseUnreachable:
    """The driver's error at connecting, classified by the texts of libpq and SQLite (they carry no code)."""
    text = " ".join(str(error.orig).split())
    where = f"{url.url.host or 'localhost'}:{url.url.port or 5432}"
    if "file is not a database" in text:
        return DatabaseUnreachable(
            url, "the file is not an SQLite database", remedy="Name another file, or move this one"
        )
    if url.kind == "sqlite":
        return DatabaseUnreachable(url, text, remedy="Look at the file and its folder; `sqlite3` can check its content")
    if "password authentication failed" in text or "no password supplied" in text:
        why = f"the server refused the role {url.url.username!r} or its password"
        return DatabaseUnreachable(url, why, remedy="Correct role and password in the URL")
    if "does not exist" in text and "database" in text:
        why = f"there is no database {url.url.database!r} on {where}"
        return DatabaseMissing(url, why, remedy=f"Create it: createdb {url.url.database}")
    if "refused" in text or "could not translate" in text or "resolve" in text or "timeout" in text:
        why = f"no PostgreSQL server answers at {where} ({text})"
        return DatabaseUnreachable(url, why, remedy="Start the server, or correct host and port in the URL")
    return DatabaseUnreachable(url, text, remedy="Read what the server says, and correct the URL or the server")
