"""Take a module with data one revision further and back, with the hub's own migrations, and hold every value against before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, Column, Connection, MetaData, String, Table, insert, select

from hub_core.catalog import VERSIONS, FoundModule, read_catalog
from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, MigrationSource, chain, downgrade, upgrade
from hub_core.operations.owning import table_owners

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""By table, the values of each row that matter; what else may not be null is filled in."""
_EACH: Final = 2
"""How many rows a table gets that nobody gave any for."""
_BEGAN: Final = datetime(2026, 11, 1, 12, 30, 15, 123456, tzinfo=UTC)


def round_trips(module: str, database_url: str, rows: Rows = {}) -> tuple[str, ...]:  # noqa: B006 - read only
    """Go through all revisions of ``module`` on an empty database: at each of them to the next one, back, and on.

    Every table has rows by then, also those that the revision brought. A row that goes back to what its module was before
    must be as it was: an upgrade that loses what a downgrade cannot bring back fails here.

    :param module: the name of a module of this environment, whose revisions lie in the usual folder.
    :param rows: values of rows where generated ones would not do, for example because of a check.
    :returns: the revisions that were gone to and back, in order.
    :raises AssertionError: naming the revision, the table and the rows that differ.
    """
    trip = _Trip(module, database_url, rows)
    trip.to(trip.order[0])
    for at, further in zip(trip.order, trip.order[1:], strict=False):
        trip.fill()
        before = trip.values()
        trip.to(further)
        trip.back_to(at)
        assert trip.values() == before, f"{further} and back to {at}: {_differing(before, trip.values())}"
        trip.to(further)
    return trip.order[1:]


class _Trip:
    def __init__(self, module: str, database_url: str, rows: Rows) -> None:
        catalog = read_catalog()
        found = next(each for each in catalog.modules if each.name == module)
        self._url, self._rows = parse_url(database_url), rows
        self._source = _source(found)
        self.order = tuple(each.id for each in chain(self._source))
        upgrade(self._url, CORE_MIGRATIONS, on_revision=lambda run: None)
        with connect(self._url, read_only=True) as connection:
            self._owners = table_owners(connection, catalog, {})

    def to(self, revision: str) -> None:
        upgrade(self._url, self._source, target=revision, owners=self._owners, on_revision=lambda run: None)

    def back_to(self, revision: str) -> None:
        downgrade(self._url, self._source, target=revision, owners=self._owners, on_revision=lambda run: None)

    def fill(self) -> None:
        """Give rows to each table that has none."""
        with connect(self._url) as connection, connection.begin():
            for table in self._tables(connection):
                if connection.execute(select(table).limit(1)).first() is not None:
                    continue
                for number, given in enumerate(self._rows.get(table.name) or [{}] * _EACH, 1):
                    connection.execute(insert(table), dict(_row(connection, table, given, number)))

    def values(self) -> dict[str, list[str]]:
        """Every row of every table, as text that can be compared."""
        with connect(self._url, read_only=True) as connection:
            return {
                table.name: sorted(repr(dict(row)) for row in connection.execute(select(table)).mappings())
                for table in self._tables(connection)
            }

    def _tables(self, connection: Connection) -> list[Table]:
        """Those of the module, without the one that keeps its revision, what others refer to first."""
        metadata = MetaData()
        metadata.reflect(connection, only=lambda name, _: self._owners.owner(name) == self._source.module)
        return [
            table for table in metadata.sorted_tables if table.name != f"{self._source.table_prefix}alembic_version"
        ]


def _source(found: FoundModule) -> MigrationSource:
    assert found.manifest is not None, f"the manifest of {found.name} cannot be read"
    return MigrationSource(module=found.name, folder=found.folder / VERSIONS, table_prefix=found.manifest.table_prefix)


def _row(connection: Connection, table: Table, given: Mapping[str, Any], number: int) -> Iterator[tuple[str, Any]]:
    assert given.keys() <= set(table.columns.keys()), (
        f"{table.name} has no {sorted(given.keys() - table.columns.keys())}"
    )
    for column in table.columns:
        if column.name in given:
            yield column.name, _written(given[column.name], column)
        elif column.computed is None and not column.nullable and column.server_default is None:
            yield column.name, _generated(connection, column, number)


def _generated(connection: Connection, column: Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column).order_by(key.column).offset(number - 1).limit(1)).scalar_one()
    kind = (
        str if isinstance(column.type, String) else dict if isinstance(column.type, JSON) else column.type.python_type
    )
    values: dict[type, Any] = {
        int: number,
        float: number + 0.5,
        bool: number % 2 == 0,
        str: f"{number} of {column.table.name}.{column.name}",
        bytes: bytes([number, 0, 255]),
        datetime: _BEGAN + timedelta(days=number),
        date: (_BEGAN + timedelta(days=number)).date(),
        time: time(number, 30),
        timedelta: timedelta(hours=number),
        Decimal: Decimal(number),
        UUID: UUID(int=number),
        dict: {"number": number},
    }
    if kind is str and getattr(column.type, "length", None) == 32 and column.name.endswith("id"):
        return UUID(int=number).hex  # what SQLite has for UUID
    assert kind in values, f"give {column} a value: rows={{{column.table.name!r}: [{{{column.name!r}: …}}]}}"
    return _written(values[kind], column)


def _written(value: Any, column: Column[Any]) -> Any:
    """As the column takes it: reflected, it does not know what the model makes of it."""
    if isinstance(column.type, String) and value is not None:
        value = value.hex if isinstance(value, UUID) else str(value)
        return value[: column.type.length]
    return value


def _differing(before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]]) -> str:
    lines = []
    for table in sorted({*before, *after}):
        lost, new = (
            {*before.get(table, ())} - {*after.get(table, ())},
            {*after.get(table, ())} - {*before.get(table, ())},
        )
        if lost or new:
            lines.append(f"{table} had {sorted(lost)} and has {sorted(new)}")
    return "; ".join(lines)
