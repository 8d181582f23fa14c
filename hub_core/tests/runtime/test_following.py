"""What other processes change is followed, whatever a module has put in the way of statements meanwhile."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from hub_core.database import connect, parse_url
from hub_core.registry import next_generation
from hub_core.runtime import following
from hub_core.testing.running_hub import running_hub
from hub_core.tests.sample_hub import only


@pytest.mark.parametrize("error", [RuntimeError("listening"), SystemExit(3), asyncio.CancelledError()])
async def test_it_goes_on_behind_whatever_a_module_raised(
    tmp_path: Path, database_url: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVERY_SECONDS", 0.01)
    raised, found = asyncio.Event(), asyncio.Event()

    def listener(*_: object) -> None:
        raised.set()
        raise error

    only(tmp_path)
    async with running_hub(tmp_path, database_url, {}) as running:
        running.inner.on_outdated = found.set
        event.listen(Engine, "before_cursor_execute", listener)
        try:
            await asyncio.wait_for(raised.wait(), 30)
        finally:
            event.remove(Engine, "before_cursor_execute", listener)
        with connect(parse_url(database_url)) as connection:
            next_generation(connection)
            connection.commit()
        await asyncio.wait_for(found.wait(), 30)
