"""A database with the registry's tables, made by its own revisions."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    url = parse_url(database_url)
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    with connect(url) as connection:
        yield connection
