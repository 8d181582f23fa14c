"""A role that may not create: the right it lacks is named, because no revision can give it."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from hub_core.database import DatabaseUrl, parse_url
from hub_core.migrations import CORE_MIGRATIONS, MigrationFailed, upgrade
from hub_core.testing.postgres_server import create_database, drop_database

from .conftest import Write

TABLE = "op.create_table('shop_item', sa.Column('id', sa.Integer, primary_key=True))"


@pytest.fixture
def role(postgres_server: str) -> Iterator[str]:
    """A role that may do nothing special."""
    name = f"Ordinary-{os.urandom(4).hex()}"
    with psycopg.connect(postgres_server, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'x'".encode())
        yield name
        owner.execute(f'DROP ROLE "{name}"'.encode())


@pytest.fixture
def database(postgres_server: str, role: str) -> Iterator[str]:
    """The URL of its owner; dropped before the role, which may own tables in it."""
    url = create_database(postgres_server)
    yield url
    drop_database(postgres_server, url)


def as_role(database: str, role: str) -> DatabaseUrl:
    url = parse_url(database).url.set(username=role, password="x")
    return parse_url(url.render_as_string(hide_password=False))


def grant(database: str, statement: str) -> None:
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(statement.encode())


def test_the_grant_that_is_missing_is_told_and_helps(database: str, role: str, write: Write) -> None:
    url, source = as_role(database, role), write(TABLE)
    with pytest.raises(MigrationFailed) as raised:
        upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    right = f'GRANT CREATE ON SCHEMA public TO "{role}"'
    assert raised.value.cause == f"the role {role} may not do this: permission denied for schema public"
    assert raised.value.remedy == f"Let who owns the database run {right}; then run this again"
    grant(database, right)
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    upgrade(url, source, on_revision=lambda run: None)


def test_a_schema_needs_a_right_on_the_database(database: str, role: str, write: Write) -> None:
    url, source = as_role(database, role), write("op.execute('CREATE SCHEMA shop_more')")
    grant(database, f'GRANT CREATE ON SCHEMA public TO "{role}"')
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    with pytest.raises(MigrationFailed) as raised:
        upgrade(url, source, on_revision=lambda run: None)
    name = parse_url(database).url.database
    assert f'GRANT CREATE ON DATABASE {name} TO "{role}"' in raised.value.remedy


def test_a_table_of_somebody_else_has_no_remedy_in_the_revision(database: str, role: str, write: Write) -> None:
    url, source = as_role(database, role), write("op.execute('ALTER TABLE shop_old ADD COLUMN more TEXT')")
    grant(database, f'GRANT CREATE ON SCHEMA public TO "{role}"')
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    grant(database, "CREATE TABLE shop_old (id INTEGER)")
    with pytest.raises(MigrationFailed) as raised:
        upgrade(url, source, on_revision=lambda run: None)
    assert "must be owner of table shop_old" in (raised.value.cause or "")
    assert role in raised.value.remedy
    assert "Correct the revision" not in raised.value.remedy
