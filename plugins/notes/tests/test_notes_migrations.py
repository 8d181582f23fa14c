"""The revisions make the table the model describes, on both databases, and keep what is in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hub_module_notes
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hub_hookspecs import uuid7
from hub_module_notes.models import Base, Note
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.orm import Session

FOLDER = Path(hub_module_notes.__file__).parent / "migrations"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:", 1))
    yield made
    made.dispose()


def migrate(connection: Connection, revision: str, *, down: bool = False) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions")])

    def steps(current: Any, _: MigrationContext) -> Any:
        return script._downgrade_revs(revision, current) if down else script._upgrade_revs(revision, current)

    context = MigrationContext.configure(connection, opts={"fn": steps})
    with Operations.context(context):
        context.run_migrations()


def test_the_revisions_make_what_the_model_describes(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection, "head")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert list(compare_metadata(context, Base.metadata)) == []


def test_notes_of_the_first_revision_survive_the_second(engine: Engine) -> None:
    identifier, made = uuid7(), datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    statement = text(
        "INSERT INTO notes_note (id, title, text, created_at) VALUES (:id, 'Old', 'kept', '2026-11-01 12:30:00')"
    )
    with engine.begin() as connection:
        migrate(connection, "notes_0001")
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL timezone = 'UTC'"))
        connection.execute(statement, {"id": identifier.hex if engine.dialect.name == "sqlite" else str(identifier)})
    with engine.begin() as connection:
        migrate(connection, "head")
    with Session(engine) as session:
        note = session.get_one(Note, identifier)
        assert (note.title, note.text, note.author) == ("Old", "kept", "")
        assert note.created_at == note.updated_at == made


def test_going_back_keeps_the_notes_and_then_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection, "head")
    with Session(engine) as session, session.begin():
        session.add(Note(title="Kept", text="still here"))
    with engine.begin() as connection:
        migrate(connection, "notes_0001", down=True)
        assert connection.execute(text("SELECT title, text FROM notes_note")).one() == ("Kept", "still here")
        migrate(connection, "base", down=True)
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_notes_are_the_same_after_an_upgrade_and_the_way_back(round_trips: Callable[..., tuple[str, ...]]) -> None:
    assert round_trips("notes") == ("notes_0002",)
