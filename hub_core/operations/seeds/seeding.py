"""Load the seed and demo data of a module: new rows are inserted, and what people changed or deleted stays as they left it.

What each row said when it was loaded is remembered. Of a row that a release changed, each column is compared three ways:
one that still holds what was loaded takes the new value. Rows are found, inserted and changed by the thousand.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, Connection, Dialect, Table, inspect

from ...catalog import DEMO_FOLDER, SEED_FOLDER, counted_data, read_data
from ...database import TableOwners
from ...loading import LoadedModule
from ...migrations import MigrationSource
from ...registry import RowName, forget_loaded, loaded_rows, note_loaded
from ...registry import Values as LoadedValues
from .files import FileRow, file_rows, is_reference
from .order import ordered
from .rows import Reference, SeedRow, checked_rows
from .table import Found, Values, found_rows, insert_rows, primary_columns, update_rows
from .values import DoesNotFit, as_json, fitted, same

FOLDERS: Final = {"seed": SEED_FOLDER, "demo": DEMO_FOLDER}
"""Where the data of each kind lies; the kinds are those of the steps that load it."""
_GONE: Final = object()
_IS: Final = "$is"
"""Beside a reference that was loaded: the value it stood for then."""


class Seeding:
    """The data of one module, read and checked, to be loaded in the transaction of its migration."""

    def __init__(self, loaded: LoadedModule, kinds: Collection[str], *, dialect: Dialect, owners: TableOwners) -> None:
        """Read the files of ``kinds``, and those of seed data in any case: demo data refers to it.

        :raises SeedInvalid: with every fault of every file.
        """
        self._module, self._kinds = loaded.name, kinds
        faults: list[str] = []
        rows: list[FileRow] = []
        self._digests: dict[str, str] = {}
        for kind in dict.fromkeys(("seed", *kinds)):
            documents = read_data(loaded.found.folder, FOLDERS[kind])
            rows += file_rows(documents, is_demo=kind == "demo", faults=faults)
            self._digests[kind] = counted_data(documents).digest
        checked = checked_rows(loaded.name, rows, loaded.metadata, dialect=dialect, owners=owners, faults=faults)
        self._groups = ordered(loaded.name, checked)
        self._loaded: Mapping[RowName, LoadedValues] = {}

    def fill(self, connection: Connection) -> None:
        """Write what is missing or changed into the module's tables.

        :raises SeedFailed: naming the row that the database refuses.
        """
        memory = loaded_rows(connection, self._module)
        wanted = [row for group in self._groups for row in group if ("demo" if row.is_demo else "seed") in self._kinds]
        todo = [row for row in wanted if not _is_as_loaded(row, memory)]
        filling = _Filling(connection, self._module, memory, todo)
        for group in self._groups:
            for rows in _by_table(group):
                filling.take(rows)
        self._loaded = filling.loaded

    def record(self, connection: Connection) -> None:
        """Remember what was loaded. These rows are the hub's, not the module's."""
        note_loaded(connection, self._module, self._loaded, {kind: self._digests[kind] for kind in self._kinds})


def forget_what_went(connection: Connection, source: MigrationSource) -> None:
    """Forget what was loaded into tables and columns that a migration back took away, so that it is loaded again."""
    columns = inspect(connection).get_multi_columns(schema=source.schema)
    there = {table: {each["name"] for each in found} for (_, table), found in columns.items()}
    forget_loaded(connection, source.module, there)


class _Filling:
    """Takes rows, in their order, and notes what is to be remembered of each."""

    def __init__(
        self, connection: Connection, module: str, memory: Mapping[RowName, LoadedValues], todo: Collection[SeedRow]
    ) -> None:
        self._connection, self._module, self._memory, self._todo = connection, module, memory, set(todo)
        self._needed = _with_referred(todo)
        self._referred = {each.target for row in self._needed for each in row.references()}
        self._columns: dict[Table, dict[str, None]] = {}
        for row in self._needed:
            columns = self._columns.setdefault(row.table, {each.key: None for each in primary_columns(row.table)})
            columns.update(dict.fromkeys(row.values))
            for each in row.references():
                self._columns.setdefault(each.target.table, {})[each.column] = None
        self._found: dict[SeedRow, list[Found]] = {}
        self.loaded: dict[RowName, LoadedValues] = {}

    def take(self, rows: Sequence[SeedRow]) -> None:
        """Load rows of one table, none of which refers to another of them."""
        rows = [row for row in rows if row in self._needed]
        if not rows:
            return
        table = rows[0].table
        self._find(table, rows)
        new: dict[SeedRow, Values] = {}
        changed: dict[SeedRow, tuple[Found, Values]] = {}
        for row in rows:
            if row not in self._todo:
                continue
            before, there = self._memory.get(row.name), self._found.get(row, [])
            if before is None and not there:
                values = {name: self._resolved(value) for name, value in row.values.items()}
                if _GONE in values.values():
                    continue  # somebody deleted what it belongs to: it stays away with that, until files change
                new[row] = values
            elif before is not None and len(there) == 1 and (values := self._changes(row, there[0], before)):
                changed[row] = there[0], values
            self.loaded[row.name] = self._said(row, before or {})
        insert_rows(self._connection, self._module, table, new)
        update_rows(self._connection, self._module, table, changed)
        self._find(table, [row for row in new if row in self._referred])

    def _find(self, table: Table, rows: Iterable[SeedRow]) -> None:
        keys = {row: {name: self._resolved(row.values[name]) for name in row.key} for row in rows}
        known = {row: key for row, key in keys.items() if _GONE not in key.values()}
        self._found |= found_rows(self._connection, table, known, self._columns[table])

    def _resolved(self, value: Any) -> Any:
        """The value that a reference stands for."""
        if not isinstance(value, Reference):
            return value
        there = self._found.get(value.target)
        return there[0][value.column] if there else _GONE

    def _changes(self, row: SeedRow, there: Found, before: LoadedValues) -> Values:
        """The columns that the release changed and nobody else did."""
        changes = {}
        for name in row.values:
            if name in row.key or (name in before and _same_json(row.given[name], before[name])):
                continue
            value = self._resolved(row.values[name])
            if value is _GONE or same(value, there[name]):
                continue
            if self._is_untouched(row.table.columns[name], there[name], before):
                changes[name] = value
        return changes

    def _is_untouched(self, column: Column[Any], now: Any, before: LoadedValues) -> bool:
        """Whether a column holds what was loaded; one the file did not name before, whether it holds its default."""
        if column.key not in before:
            return now is None or _is_default(column, now)
        value = before[column.key]
        if is_reference(value):
            value = value.get(_IS, value)
        try:
            return same(now, fitted(column, value, self._connection.dialect))
        except DoesNotFit:  # the column has another type by now
            return False

    def _said(self, row: SeedRow, before: LoadedValues) -> LoadedValues:
        """What its file says of ``row``, with what each reference stands for now."""
        said = {}
        for name, value in row.given.items():
            if name in before and _same_json(value, before[name]):
                said[name] = before[name]
                continue
            said[name] = value
            stands_for = self._resolved(row.values[name])
            if isinstance(row.values[name], Reference) and stands_for is not _GONE:
                said[name] = {**value, _IS: as_json(stands_for)}
        return said


def _is_as_loaded(row: SeedRow, memory: Mapping[RowName, LoadedValues]) -> bool:
    before = memory.get(row.name)
    return (
        before is not None
        and before.keys() == row.given.keys()
        and all(_same_json(value, before[name]) for name, value in row.given.items())
    )


def _same_json(given: Any, loaded: Any) -> bool:
    """Whether a file says what it said: ``1`` and ``true`` are not the same, objects in another order are."""
    if is_reference(loaded):
        loaded = {name: value for name, value in loaded.items() if name != _IS}
    return json.dumps(given, sort_keys=True) == json.dumps(loaded, sort_keys=True)


def _is_default(column: Column[Any], value: Any) -> bool:
    default: Any = column.default if column.default is not None else column.server_default
    if default is None or (column.default is not None and not column.default.is_scalar):
        return False
    text = str(getattr(default.arg, "text", default.arg)).strip("'")
    return text.lower() == str(as_json(value)).lower()


def _with_referred(rows: Iterable[SeedRow]) -> set[SeedRow]:
    """``rows`` and all that they refer to, directly or not."""
    found, waiting = set[SeedRow](), list(rows)
    while waiting:
        row = waiting.pop()
        if row not in found:
            found.add(row)
            waiting += (each.target for each in row.references())
    return found


def _by_table(rows: Iterable[SeedRow]) -> Iterable[list[SeedRow]]:
    tables: dict[Table, list[SeedRow]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    return tables.values()
