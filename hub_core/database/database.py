"""The one engine of a database: every module and every request shares its pool."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from hub_hookspecs.extensible import HOST_KEY
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from .call_session import CallSession
from .deleted_owners import HubSession
from .model_extensions import ModelExtensions
from .pool_shares import SharedPool
from .transaction_mode import MODE, connect_arguments, prepare_async_sqlite, prepare_postgresql
from .url import DatabaseUrl


class Database:
    """Sessions over one pool. Opens no connection by itself; :meth:`dispose` closes those the pool holds."""

    def __init__(self, url: DatabaseUrl, *, pool_size: int = 10, overflow: int = 10) -> None:
        self.url = url
        self._engine = create_async_engine(
            url.async_url,
            poolclass=SharedPool,
            pool_size=pool_size,
            max_overflow=overflow,
            pool_timeout=10,
            pool_reset_on_return=None if url.kind == "sqlite" else "rollback",
            connect_args=connect_arguments(url),
            hide_parameters=True,  # what people wrote does not belong into the log with an error
        )
        prepare = prepare_async_sqlite if url.kind == "sqlite" else prepare_postgresql
        prepare(self._engine.sync_engine)
        self.reading = self._engine.execution_options(**{MODE: "read"})
        self.writing = self._engine.execution_options(**{MODE: "write"})
        self.extensions = ModelExtensions()
        """What modules add to models of others; empty until somebody runs them."""
        self.read_sessions, self.write_sessions = self._sessions(self.reading), self._sessions(self.writing)

    def _sessions(self, engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
        return async_sessionmaker(
            engine, expire_on_commit=False, sync_session_class=HubSession, info={HOST_KEY: self.extensions}
        )

    def connections_in_use(self) -> Mapping[str, int]:
        """How many connections each module that ever had one has now."""
        pool = self._engine.pool
        assert isinstance(pool, SharedPool)
        return {module: share.used for module, share in pool.shares.items()}

    def place(self, schemas: Sequence[str]) -> None:
        """Find unqualified names in ``schemas`` too: those of the modules that have one of their own.

        Set in each transaction, because a proxy that pools transactions forgets what was set for a connection.
        """
        if not schemas:
            return
        quote = self._engine.dialect.identifier_preparer.quote
        statement = "SELECT set_config('search_path', current_setting('search_path') || %s, true)"
        path = "".join(f", {quote(schema)}" for schema in schemas)

        @event.listens_for(self._engine.sync_engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql(statement, (path,))

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """One write transaction: committed when the block ends, rolled back when it raises.

        :raises CommitFailed: when the database does not take it.
        """
        call = CallSession(self, read_only=False)
        try:
            yield call.get()
            await call.commit()
        finally:
            await call.close()

    async def dispose(self) -> None:
        """Close every connection that is not in use."""
        await self._engine.dispose()
