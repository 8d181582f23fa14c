"""Why a migration ended, where its own error does not say: who held the lock, and whether the server had gone silent.

    with connect(url, foreign_keys=False) as connection, watched(url, connection) as watch:
        try:
            with connection.begin():
                ...
        except Exception as error:
            cause, remedy = watch.explanation(error) or (str(error), "…")

``watched`` stands around the transaction and inside the connection: it must end before the connection is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ...database import AS_BEFORE, DatabaseUrl, told, where

if TYPE_CHECKING:
    from .server_watch import ServerWatch

LOCK_TIMEOUT: Final = "55P03"
DEADLOCK: Final = "40P01"


class Watch:
    """Answers after a failure."""

    def __init__(self, url: DatabaseUrl, server: "ServerWatch | None") -> None:
        self._url, self._server = url, server
        self.waited: float | None = None
        """How many seconds a lock was waited for, where that was tried more than once."""

    @property
    def is_silent(self) -> bool:
        """Whether the server had stopped answering, so that the connection was cut."""
        return self._server is not None and self._server.is_silent

    def explanation(self, error: BaseException, *, then: str = AS_BEFORE) -> tuple[str, str] | None:
        """Cause and remedy, when ``error`` came from a lock, a full disk or a lost server; ``None`` for any other.

        To be asked as soon as the error is caught: it says how things are now.

        :param then: what is true of the tables when a server that went away is back.
        """
        if self._server and self._server.is_silent:
            stopped = f"the database server at {where(self._url)} stopped answering: {self._server.silence()}"
            return (
                f"{stopped}; {then}",
                "See that the server and the network to it answer again, then run this again",
            )
        driver = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(driver, "sqlstate", None)
        if state == LOCK_TIMEOUT:
            return self._locked(driver)
        if state == DEADLOCK:
            return f"{driver}".replace("\n", " "), "Run this again: the other session has gone on"
        return told(error, self._url, then=then)

    def _locked(self, driver: object) -> tuple[str, str]:
        if self._server and (wait := self._server.wait()):
            return wait.cause(self.waited), wait.remedy()
        said = str(driver).partition("\n")[0]
        return f"{said}, before it was seen who held the lock", "Run this again when nothing else uses these tables"


@contextmanager
def watched(url: DatabaseUrl, connection: Connection) -> Iterator[Watch]:
    """Watch what ``connection`` does during the block; costs a thread that sleeps, for a second nothing more.

    On PostgreSQL a longer migration has a second session beside it, with the same role. A connection whose server
    answers nobody any more is shut, so that what runs on it ends with an error. On SQLite nothing runs beside.
    """
    if url.kind == "sqlite":
        yield Watch(url, None)
        return
    # here, because a hub on SQLite needs no driver of PostgreSQL
    from .server_watch import ServerWatch

    server = ServerWatch(url, connection)
    server.start()
    try:
        yield Watch(url, server)
    finally:
        server.stop()
