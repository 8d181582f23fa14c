"""The session of one request: opened when touched, committed once, read-only from then on."""

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import HubError
from .driver_text import plain_text

if TYPE_CHECKING:
    from .database import Database


class CommitFailed(HubError):
    """The database did not take a transaction; nothing of it was kept. ``__cause__`` is the database's error."""

    code = "commit_failed"

    def __init__(self, error: SQLAlchemyError) -> None:
        super().__init__(
            "the transaction could not be committed; nothing of it was kept",
            cause=plain_text(error),
            remedy="Send the request again; if it fails again, the log has what the database said",
        )


class CallSession:
    """Opens a session for one call. Costs nothing until :meth:`get`, and no connection until the first statement."""

    __slots__ = ("_database", "_read_only", "_session")

    def __init__(self, database: "Database", *, read_only: bool) -> None:
        self._database, self._read_only = database, read_only
        self._session: AsyncSession | None = None

    @property
    def opened(self) -> bool:
        """Whether anybody asked for the session."""
        return self._session is not None

    def get(self) -> AsyncSession:
        """The session; always the same one."""
        if self._session is None:
            sessions = self._database.read_sessions if self._read_only else self._database.write_sessions
            self._session = sessions()
        return self._session

    async def flush(self) -> None:
        """Send to the database what is only in memory yet."""
        if self._session is not None and (self._session.new or self._session.dirty or self._session.deleted):
            await self._session.flush()

    async def commit(self) -> None:
        """Commit what was done so far. The session can then only read.

        :raises CommitFailed: after rolling back; connection and session are clean.
        """
        session = self._session
        if session is None:
            return
        try:
            if session.in_transaction():
                await session.commit()
        except SQLAlchemyError as error:
            await session.rollback()
            raise CommitFailed(error) from error
        finally:
            self._only_read()

    async def rollback(self) -> None:
        """Undo what was done so far. The session can then only read."""
        if self._session is not None:
            try:
                await self._session.rollback()
            finally:
                self._only_read()

    async def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._session is not None:
            await self._session.close()

    def _only_read(self) -> None:
        self._read_only = True
        if self._session is not None:
            engine = self._database.reading
            self._session.bind, self._session.sync_session.bind = engine, engine.sync_engine
