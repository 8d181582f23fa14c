"""A session never keeps half, never acknowledges what was not kept, and leaves its pooled connection clean."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub_core.database import CallSession, CommitFailed, Database

INSERT = text("INSERT INTO parent VALUES (:id)")
ORPHAN = text("INSERT INTO child VALUES (1, 99)")
READ_ONLY = r"readonly database|read-only transaction"


async def rows(database: Database, table: str = "parent") -> int:
    async with database.read_sessions() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_session_nobody_asks_for_opens_nothing(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.commit()
    await call.rollback()
    await call.close()
    assert not call.opened
    call.get()
    await call.commit()
    await call.close()
    assert call.opened
    assert database.reading.sync_engine.pool.status().endswith("Current Checked out connections: 0")
    assert "Connections in pool: 0" in database.reading.sync_engine.pool.status()


async def test_a_commit_keeps_the_work_and_later_writes_are_refused(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.get().execute(INSERT, {"id": 1})
    await call.commit()
    assert await call.get().scalar(text("SELECT count(*) FROM parent")) == 1
    with pytest.raises(DBAPIError, match=READ_ONLY):
        await call.get().execute(INSERT, {"id": 2})
    await call.close()
    assert await rows(database) == 1


async def test_a_rollback_undoes_the_work_and_later_writes_are_refused(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.get().execute(INSERT, {"id": 1})
    await call.rollback()
    with pytest.raises(DBAPIError, match=READ_ONLY):
        await call.get().execute(INSERT, {"id": 2})
    await call.close()
    assert await rows(database) == 0


async def test_a_reading_call_cannot_write(database: Database) -> None:
    call = CallSession(database, read_only=True)
    assert await call.get().scalar(text("SELECT count(*) FROM parent")) == 0
    with pytest.raises(DBAPIError, match=READ_ONLY):
        await call.get().execute(INSERT, {"id": 1})
    await call.close()


async def test_what_is_not_committed_is_rolled_back_on_close(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.get().execute(INSERT, {"id": 1})
    await call.close()
    assert await rows(database) == 0


async def test_no_mode_leaks_from_one_user_of_a_connection_to_the_next(database: Database) -> None:
    for number in range(3):
        reading = CallSession(database, read_only=True)
        assert await reading.get().scalar(text("SELECT count(*) FROM parent")) == number
        await reading.close()
        async with database.session() as session:
            await session.execute(INSERT, {"id": number})
    assert await rows(database) == 3


async def test_a_failed_commit_is_an_error_that_says_so_and_nothing_is_kept(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.get().execute(INSERT, {"id": 1})
    await call.get().execute(ORPHAN)
    with pytest.raises(CommitFailed) as raised:
        await call.commit()
    await call.close()
    error = raised.value
    assert isinstance(error.__cause__, IntegrityError)
    assert error.code == "commit_failed"
    assert error.problem == "the transaction could not be committed; nothing of it was kept"
    assert "foreign key constraint" in str(error.cause).lower()
    assert error.remedy == "Send the request again; if it fails again, the log has what the database said"
    assert await rows(database) == await rows(database, "child") == 0


async def test_the_next_session_after_a_failed_commit_is_clean(database: Database) -> None:
    """On a pool of one it gets the very connection whose COMMIT failed."""
    failing = CallSession(database, read_only=False)
    await failing.get().execute(ORPHAN)
    with pytest.raises(CommitFailed):
        await failing.commit()
    await failing.close()
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM child")) == 0
        await session.execute(INSERT, {"id": 1})
    assert await rows(database) == 1


async def test_the_session_of_a_failed_commit_can_still_read(database: Database) -> None:
    call = CallSession(database, read_only=False)
    await call.get().execute(ORPHAN)
    with pytest.raises(CommitFailed):
        await call.commit()
    assert await call.get().scalar(text("SELECT count(*) FROM child")) == 0
    with pytest.raises(DBAPIError, match=READ_ONLY):
        await call.get().execute(INSERT, {"id": 1})
    await call.close()


async def test_a_transaction_of_its_own_is_committed_or_rolled_back(database: Database) -> None:
    async with database.session() as session:
        await session.execute(INSERT, {"id": 1})
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.session() as session:
            await session.execute(INSERT, {"id": 2})
            raise ZeroDivisionError
    with pytest.raises(CommitFailed):
        async with database.session() as session:
            await session.execute(ORPHAN)
    assert (await rows(database), await rows(database, "child")) == (1, 0)


async def test_a_cancelled_call_leaves_the_pool_usable(database: Database) -> None:
    wrote = asyncio.Event()

    async def hang() -> None:
        async with database.session() as session:
            await session.execute(INSERT, {"id": 1})
            wrote.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await wrote.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.session() as session:
        await session.execute(INSERT, {"id": 2})
    assert await rows(database) == 1


async def test_writers_on_many_connections_all_get_their_turn(database: Database) -> None:
    many = Database(database.url, pool_size=8, overflow=0)

    async def write(number: int) -> None:
        async with many.session() as session:
            count = await session.scalar(text("SELECT count(*) FROM parent"))
            assert count is not None
            await session.execute(INSERT, {"id": number})

    try:
        await asyncio.gather(*(write(number) for number in range(24)))
        assert await rows(many) == 24
    finally:
        await many.dispose()


async def test_a_writer_cancelled_while_it_waits_does_not_take_the_lock_later(database: Database) -> None:
    """On SQLite its thread still begins when the other is done; that transaction must not stay with a pooled connection."""
    waiting = Database(database.url, pool_size=1, overflow=0)

    async def write() -> None:
        async with waiting.session() as session:
            await session.execute(INSERT, {"id": 1})

    try:
        async with database.session() as session:
            await session.execute(INSERT, {"id": 1})
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await asyncio.shield(task := asyncio.create_task(write()))
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with waiting.session() as session:
            await session.execute(INSERT, {"id": 2})
        async with database.session() as session:
            await session.execute(INSERT, {"id": 3})
        assert await rows(database) == 3
    finally:
        await waiting.dispose()
