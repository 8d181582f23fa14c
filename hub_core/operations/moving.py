"""Move the tables of a module, with their rows, between the schema that all share and one of its own. Nothing is copied.

PostgreSQL renames where they are found; the time does not grow with the rows. It needs each table for a moment to itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, text

from ..database import (
    DatabaseUrl,
    PlacementUnsupported,
    PostgresqlTables,
    TableOwners,
    connect,
    quoted,
    refusal_text,
    schema_of,
)
from ..errors import HubError
from ..planning import ModuleState, Placement, RecordedModule, Step
from ..registry import note_step, record
from .backups.writing import data_tables, tables_at

LOCK_SECONDS: Final = 10
"""How long a move tries to get tables that something else uses."""
_REFUSALS: Final = ("42P07", "42710", "42723", "55P03", "40P01", "2BP01", "42501")
"""A table, type or function of that name is there; lock not available, deadlock; something else is in the schema; no permission."""


class MoveRefused(HubError):
    """The tables of a module cannot be moved; they are where they were."""

    code = "move_refused"

    def __init__(self, module: str, to: Placement, cause: str, remedy: str) -> None:
        super().__init__(
            f"{module} was not moved to placement {to}; its tables are where they were", cause=cause, remedy=remedy
        )
        self.module, self.to = module, to


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One module whose tables lie elsewhere afterwards; ``tables`` are they, without the one that keeps its revision."""

    row: RecordedModule
    after: RecordedModule
    tables: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """What a person agrees to."""
        name = self.row.name
        count = f"{len(self.tables)} table{'' if len(self.tables) == 1 else 's'}"
        return Step(
            kind="move",
            module=name,
            text=f"move {name} from placement {self.row.placement} to {self.after.placement}",
            impact=(
                f"{count} of it, with all rows, indexes and sequences: {', '.join(self.tables)}"
                if self.tables
                else "it has no tables yet",
                f"processes that serve go over by themselves; until they have, {name} may answer 503",
            ),
        )

    def carry_out(self, url: DatabaseUrl, owners: TableOwners, *, operation: str) -> None:
        """Move it and record it, in one transaction.

        :raises MoveRefused: when something is in the way.
        """
        with connect(url) as connection, connection.begin():
            move(connection, self.row, self.after.placement, owners)
            record(connection, self.after)
            note_step(
                connection,
                operation,
                kind="move",
                module=self.row.name,
                text=self.step.text,
                before=self.row,
                backup=None,
            )


def move(connection: Connection, row: RecordedModule, to: Placement, owners: TableOwners) -> None:
    """Move what there is of a module in the database, inside the transaction of ``connection``. A schema left empty goes.

    :raises MoveRefused: naming what is in the way.
    """

    def is_own(table: str) -> bool:
        return owners.owner(table) == row.name

    own, shared = schema_of(row.name), tables_at(connection, replace(row, placement="shared"))
    assert isinstance(shared, PostgresqlTables), "a database without schemas has been refused"
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    with _refusing(row.name, to):
        if to == "schema":
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted(own)}"))
            shared.move(is_own, own)
        else:
            PostgresqlTables(shared.driver, own).move(is_own, shared.schema)
            connection.execute(text(f"DROP SCHEMA IF EXISTS {quoted(own)}"))


@contextmanager
def _refusing(module: str, to: Placement) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if (cause := refusal_text(error, _REFUSALS)) is None:
            raise
        remedy = "Remove or rename what is named there, or wait for who uses it, and run the command again"
        raise MoveRefused(module, to, cause, remedy) from error


def moved(
    connection: Connection, row: RecordedModule | None, name: str, to: Placement, url: DatabaseUrl, owners: TableOwners
) -> Move | None:
    """How a module goes to placement ``to``; ``None`` when it is there.

    :raises MoveRefused: when nothing of it is in the database.
    :raises PlacementUnsupported: when the database has no schemas.
    """
    if row is None or row.state is ModuleState.ABSENT:
        raise MoveRefused(
            name,
            to,
            "it is not installed, so it has no tables",
            f'Set placement = "{to}" under [modules.{name}] in hub.toml, then install it',
        )
    if url.kind == "sqlite" and to == "schema":
        raise PlacementUnsupported(name, url)
    if row.placement == to:
        return None
    tables = data_tables(row, owners, tables_at(connection, row).names())
    return Move(row=row, after=replace(row, placement=to), tables=tuple(tables))
