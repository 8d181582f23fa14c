"""Database URLs: which the hub accepts, what each driver gets, and what may be shown of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import HubError

_SECRET_OPTIONS: Final = ("password", "sslpassword")


class DatabaseRefused(HubError):
    """The database URL is none the hub works with."""

    code = "database_refused"

    def __init__(self, url: str, why: str, *, remedy: str) -> None:
        super().__init__(f"the database URL {url!r} is refused", cause=why, remedy=remedy)
        self.url = url


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrl:
    """One accepted URL; neither its ``repr`` nor :attr:`masked` shows a password."""

    kind: Literal["sqlite", "postgresql"]
    url: URL = field(repr=False)
    """Without a driver."""

    @property
    def masked(self) -> str:
        """The URL as it may be printed."""
        return _masked(self.url)

    @property
    def async_url(self) -> URL:
        """For ``create_async_engine``."""
        return self.url.set(drivername="sqlite+aiosqlite" if self.kind == "sqlite" else "postgresql+psycopg")

    @property
    def sync_url(self) -> URL:
        """For ``create_engine``."""
        return self.url.set(drivername="sqlite+pysqlite" if self.kind == "sqlite" else "postgresql+psycopg")

    @property
    def sqlite_path(self) -> Path:
        """The absolute path of the file; only for ``sqlite``."""
        assert self.kind == "sqlite"
        return Path(self.url.database or "")


def parse_url(text: str) -> DatabaseUrl:
    """Read a database URL; a relative SQLite path is taken from the current folder, now.

    :raises DatabaseRefused: for anything but a ``sqlite`` file or a ``postgresql`` server.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        # the text could not be taken apart, so no part of it is known to be free of a password
        raise DatabaseRefused(
            f"{text.partition(':')[0]}:…" if ":" in text else "…",
            "it is not a URL",
            remedy="Write sqlite:///path/to/hub.db or postgresql://role:password@host:5432/database",
        ) from error
    kind, _, driver = url.drivername.partition("+")
    if kind not in ("sqlite", "postgresql"):
        raise DatabaseRefused(
            _masked(url),
            f"the hub works with sqlite and postgresql; for {kind!r} nothing here is tested",
            remedy="Use a sqlite:/// or postgresql:// URL"
            if kind != "postgres"
            else "Write postgresql:// for postgres://",
        )
    if driver:
        raise DatabaseRefused(
            _masked(url),
            f"it names the driver {driver!r}, and the hub chooses its drivers itself",
            remedy=f"Write {_masked(url.set(drivername=kind))}",
        )
    return _sqlite(url) if kind == "sqlite" else DatabaseUrl(kind="postgresql", url=_postgresql(url))


def _sqlite(url: URL) -> DatabaseUrl:
    if url.database in (None, "", ":memory:"):
        why = "an SQLite database in memory is another one for each connection"
        raise DatabaseRefused(_masked(url), why, remedy="Name a file: sqlite:///path/to/hub.db")
    if url.host or url.query:
        why = f"a host ({url.host}) stands before the path" if url.host else "options are not supported for SQLite"
        remedy = "Write three slashes before a relative path, four before an absolute one, and nothing after it"
        raise DatabaseRefused(_masked(url), why, remedy=remedy)
    return DatabaseUrl(kind="sqlite", url=url.set(database=str(Path(url.database or "").absolute())))


def _postgresql(url: URL) -> URL:
    if "@" in (url.host or ""):
        why = "it has more than one @, so a part of the password would be taken for the host"
        raise DatabaseRefused("postgresql://…", why, remedy="Write each @ of the password as %40")
    if not url.database:
        why = "it names no database"
        raise DatabaseRefused(_masked(url), why, remedy="Write postgresql://role:password@host:5432/database")
    return url


def _masked(url: URL) -> str:
    if url.drivername == "sqlite" and not url.host and not url.query:
        return f"sqlite:///{url.database}" if url.database else "sqlite://"  # a path as people write it, not escaped
    secrets = {name: "hidden" for name in _SECRET_OPTIONS if name in url.query}
    return url.update_query_dict(secrets).render_as_string(hide_password=True)
