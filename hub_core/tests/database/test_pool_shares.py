"""A module that keeps its connections leaves the others theirs, on both databases."""

import asyncio
import time
from contextlib import suppress

import pytest
from hub_hookspecs import Principal
from hub_hookspecs.host import current_call
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from hub_core.database import Database, parse_url


class Caller:
    """As much of a call as the pool asks for."""

    def __init__(self, module: str) -> None:
        self.module, self.principal = module, Principal(id="nobody", permissions=frozenset())


async def leak(database: Database, kept: list[AsyncSession]) -> None:
    session = database.read_sessions()
    await session.execute(text("SELECT 1"))
    kept.append(session)


async def test_one_that_leaks_gets_no_more_than_its_share_and_others_theirs_at_once(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(parse_url(database_url), pool_size=2, overflow=2)
    database.reading.pool._timeout = 0.3  # type: ignore[attr-defined]
    kept: list[AsyncSession] = []
    token = current_call.set(Caller("shop"))  # type: ignore[arg-type]
    try:
        for _ in range(3):
            await leak(database, kept)
        with pytest.raises(PoolTimeout, match="shop has had all 3 connections of its share in use"):
            await leak(database, kept)
        with pytest.raises(PoolTimeout):
            await leak(database, kept)
        assert database.connections_in_use() == {"shop": 3}
        current_call.set(Caller("wiki"))  # type: ignore[arg-type]
        began = time.monotonic()
        async with database.session() as session:
            await session.execute(text("SELECT 1"))
        assert time.monotonic() - began < 0.3
        current_call.set(Caller("shop"))  # type: ignore[arg-type]
        waiting = asyncio.create_task(leak(database, kept))
        await asyncio.sleep(0.05)
        await kept[0].close()
        await waiting
    finally:
        current_call.reset(token)
        for each in kept:
            await each.close()
        assert set(database.connections_in_use().values()) == {0}
        await database.dispose()
    assert caplog.text.count("shop has all 3 connections of its share in use") == 1


async def test_two_that_leak_leave_some_for_others_and_the_hub(database_url: str) -> None:
    database = Database(parse_url(database_url), pool_size=8, overflow=0)
    database.reading.pool._timeout = 0.3  # type: ignore[attr-defined]
    kept: list[AsyncSession] = []
    token = current_call.set(None)  # type: ignore[arg-type]
    try:
        for name in ("shop", "wiki"):
            current_call.set(Caller(name))  # type: ignore[arg-type]
            with suppress(PoolTimeout):
                while True:
                    await leak(database, kept)
        assert database.connections_in_use() == {"shop": 6, "wiki": 1}
        for name in ("mail", "hub"):
            current_call.set(Caller(name))  # type: ignore[arg-type]
            async with database.read_sessions() as session:
                await session.execute(text("SELECT 1"))
        current_call.set(Caller("shop"))  # type: ignore[arg-type]
        while kept:
            await kept.pop().close()
        for _ in range(6):
            await leak(database, kept)
    finally:
        current_call.reset(token)
        for each in kept:
            await each.close()
        await database.dispose()


async def test_a_connection_that_broke_is_given_back_too(database_url: str) -> None:
    database = Database(parse_url(database_url), pool_size=1, overflow=0)
    token = current_call.set(Caller("shop"))  # type: ignore[arg-type]
    try:
        for _ in range(3):
            async with database.reading.connect() as connection:
                await connection.execute(text("SELECT 1"))
                await connection.invalidate()
        assert database.connections_in_use() == {"shop": 0}
    finally:
        current_call.reset(token)
        await database.dispose()
