"""A database with billing's tables alone, for tests of services at a chosen date, without a hub around them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import hub_module_billing
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

FOLDER = Path(hub_module_billing.__file__).parent / "migrations"

OpenSession = Callable[[], AbstractAsyncContextManager[AsyncSession]]


def with_driver(url: str, *, is_async: bool = True) -> str:
    sqlite = "sqlite+aiosqlite" if is_async else "sqlite"
    return url.replace("sqlite:", f"{sqlite}:", 1).replace("postgresql:", "postgresql+psycopg:", 1)


@pytest.fixture
def migrate(database_url: str) -> Callable[[str], None]:
    """Take the database to a revision, up or down."""

    def run(revision: str) -> None:
        script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])

        def steps(current: Any, context: MigrationContext) -> Any:
            known = {each.revision for each in script.iterate_revisions(current, "base")} if current else set()
            going_down = revision == "base" or revision in known
            return script._downgrade_revs(revision, current) if going_down else script._upgrade_revs(revision, current)

        engine = create_engine(with_driver(database_url, is_async=False))
        with engine.begin() as connection:
            context = MigrationContext.configure(connection, opts={"fn": steps})
            with Operations.context(context):
                context.run_migrations()
        engine.dispose()

    return run


@pytest.fixture
async def open_session(database_url: str, migrate: Callable[[str], None]) -> AsyncIterator[OpenSession]:
    """Open transactions of their own, committed when their block ends, as the hub opens them for a writing request."""
    migrate("head")
    engine = create_async_engine(with_driver(database_url))
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _no_implicit_begin(connection: Any, _: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA foreign_keys=ON").close()

        @event.listens_for(engine.sync_engine, "begin")
        def _begin_immediate(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    @asynccontextmanager
    async def session() -> AsyncIterator[AsyncSession]:
        async with AsyncSession(engine, expire_on_commit=False) as opened, opened.begin():
            yield opened

    yield session
    await engine.dispose()
