"""A database with one pooled connection, so that what one session leaves behind meets the next."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from hub_core.database import Database, connect, parse_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    url = parse_url(database_url)
    with connect(url) as connection:
        connection.execute(text("CREATE TABLE parent (id integer PRIMARY KEY)"))
        connection.execute(
            text(
                "CREATE TABLE child (id integer PRIMARY KEY, "
                "parent_id integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        connection.commit()
    database = Database(url, pool_size=1, overflow=0)
    yield database
    await database.dispose()
