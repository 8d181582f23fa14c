"""The revisions make the table that the model describes, on both databases, and take it back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hub_module_billing_reminders
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hub_module_billing_reminders.models import Base
from sqlalchemy import Connection, Engine, create_engine, inspect

FOLDER = Path(hub_module_billing_reminders.__file__).parent / "migrations"


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


def test_the_revisions_make_what_the_model_describes_and_no_key_leaves_it(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection, "head")
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert list(compare_metadata(context, Base.metadata)) == []
        assert inspect(connection).get_foreign_keys("billing_reminders_invoice") == []


def test_going_back_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection, "head")
        migrate(connection, "base", down=True)
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_levels_are_the_same_after_an_upgrade_and_the_way_back(round_trips: Callable[..., tuple[str, ...]]) -> None:
    assert round_trips("billing_reminders") == ("billing_reminders_0002",)
