"""Databases that are put back as they were in milliseconds: a file that is copied, a template that is cloned."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import psycopg

from hub_core.testing.postgres_server import create_database, drop_database
from hub_core.tests.kill.dump import Dump, Journal, postgresql_dump, postgresql_journal, sqlite_dump, sqlite_journal

SETTLE_SECONDS = 30


class Store(Protocol):
    """One kind of database. A folder goes with each: hub.toml, caches, and for SQLite the file."""

    kind: str

    @contextmanager
    def new(self, folder: Path) -> Iterator[str]:
        """URL of a database that belongs to ``folder``; empty, or what :meth:`keep` kept of that folder's origin."""
        ...

    def keep(self, folder: Path, url: str) -> None:
        """Take ``folder`` and its database as the origin of copies."""
        ...

    def settle(self, url: str) -> None:
        """Wait until nothing of a killed process is at work."""
        ...

    def dump(self, folder: Path, url: str) -> Dump:
        """Everything in it."""
        ...

    def journal(self, folder: Path, url: str) -> Journal:
        """Which operations there were."""
        ...


@dataclass
class SqliteStore:
    """A file in the folder, copied with it."""

    scratch: Path
    kind: str = "sqlite"

    @contextmanager
    def new(self, folder: Path) -> Iterator[str]:
        yield f"sqlite:///{folder / 'hub.db'}"

    def keep(self, folder: Path, url: str) -> None:
        """Nothing but the folder."""

    def settle(self, url: str) -> None:
        """The kernel is done when the process is."""

    def dump(self, folder: Path, url: str) -> Dump:
        return sqlite_dump(folder / "hub.db", self.scratch)

    def journal(self, folder: Path, url: str) -> Journal:
        return sqlite_journal(folder / "hub.db", self.scratch)


@dataclass
class PostgresStore:
    """A database of its own, cloned from a template."""

    server: str
    kind: str = "postgresql"
    template: str = "template0"

    @contextmanager
    def new(self, folder: Path) -> Iterator[str]:
        url = create_database(self.server, template=self.template)
        try:
            yield url
        finally:
            if urlsplit(url).path[1:] != self.template:
                drop_database(self.server, url)

    def keep(self, folder: Path, url: str) -> None:
        self.settle(url)
        self.template = urlsplit(url).path[1:]

    def settle(self, url: str) -> None:
        name, until = urlsplit(url).path[1:], time.monotonic() + SETTLE_SECONDS
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
        with psycopg.connect(self.server, autocommit=True) as connection:
            while connection.execute(query, (name,)).fetchone() != (0,):
                assert time.monotonic() < until, "the server still works for a process that is dead"
                time.sleep(0.005)

    def dump(self, folder: Path, url: str) -> Dump:
        return postgresql_dump(url)

    def journal(self, folder: Path, url: str) -> Journal:
        return postgresql_journal(url)


def copied(origin: Path, folder: Path) -> Path:
    """A copy of the folder in place of whatever was there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(origin, folder)
    return folder
