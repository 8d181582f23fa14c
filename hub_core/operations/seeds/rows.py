"""Rows of data files held against a module's tables: every value as its column takes it, every reference found.

Nothing here asks a database. All faults of all files are told at once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from hub_hookspecs.database import DEFAULT_TENANT
from sqlalchemy import Column, Dialect, MetaData, Table

from ...database import TableOwners
from ...registry import RowName
from .files import REFERENCE, FileRow, SeedInvalid, is_reference
from .values import DoesNotFit, as_json, fitted

TENANT: Final = "tenant_id"
_LONGEST_KEY: Final = 500
_NO_KEYS: Final = (sa.JSON, sa.ARRAY, sa.PickleType)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Stands for the value that ``column`` has in the row ``target``."""

    target: "SeedRow"
    column: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeedRow:
    """One row: ``given`` as its file has it, ``values`` by column as the database takes them, or as references."""

    place: str
    table: Table
    key: tuple[str, ...]
    name: RowName
    given: Mapping[str, Any]
    is_demo: bool
    values: dict[str, Any] = field(default_factory=dict)

    def references(self) -> Iterator[Reference]:
        """What it refers to by ``$ref``."""
        return (value for value in self.values.values() if isinstance(value, Reference))

    def __str__(self) -> str:
        return f"{self.place} ({self.table.name} {self.name[1]})"


class _Target(NamedTuple):
    name: RowName
    column: str | None


def checked_rows(
    module: str,
    rows: Iterable[FileRow],
    metadata: MetaData | None,
    *,
    dialect: Dialect,
    owners: TableOwners,
    faults: Iterable[str] = (),
) -> tuple[SeedRow, ...]:
    """``rows`` against the tables of ``module``, in their order.

    :param faults: what is known already.
    :raises SeedInvalid: with every fault.
    """
    checking = _Checking(module, {} if metadata is None else metadata.tables, dialect, owners, list(faults))
    for row in rows:
        checking.add(row)
    checking.link()
    if checking.faults:
        raise SeedInvalid(module, checking.faults)
    return tuple(checking.rows.values())


class _Checking:
    def __init__(
        self, module: str, tables: Mapping[str, Table], dialect: Dialect, owners: TableOwners, faults: list[str]
    ) -> None:
        self._module, self._tables, self._dialect, self._owners = module, tables, dialect, owners
        self.faults = faults
        self.rows: dict[RowName, SeedRow] = {}
        self._targets: list[tuple[SeedRow, Column[Any], _Target]] = []

    def add(self, row: FileRow) -> None:
        """Take one row, and note what it refers to."""
        table = self._tables.get(row.table)
        if table is None:
            self._tell(row, f"{row.table} {self._no_table(row.table)}")
            return
        columns = dict(table.columns)
        unknown = [name for name in dict.fromkeys((*row.values, *row.key)) if name not in columns]
        if unknown:
            self._tell(row, f"{table.name} has no column {', '.join(unknown)}")
            return
        try:
            name = (table.name, self._key_text(table, {each: row.values[each] for each in row.key}))
        except DoesNotFit as error:
            self._tell(row, str(error))
            return
        if name in self.rows:
            self._tell(row, f"{table.name} {name[1]} is that of {self.rows[name].place} too")
            return
        self.rows[name] = found = SeedRow(
            place=row.place, table=table, key=row.key, name=name, given=row.values, is_demo=row.is_demo
        )
        self._fill(found, columns)

    def link(self) -> None:
        """Put the rows in place of their names, in every reference."""
        for row, column, (name, wanted) in self._targets:
            target = self.rows.get(name)
            where = f"{row}: {column.name}"
            if target is None:
                self.faults.append(f"{where} refers to {name[0]} {name[1]}, which no file has")
            elif target.is_demo and not row.is_demo:
                self.faults.append(f"{where} of seed data refers to demo data, {target}")
            elif not _points_to(column, target.table):
                self.faults.append(f"{where} is no key of {target.table.name}")
            elif (referred := wanted or _primary(target.table)) is None:
                self.faults.append(f'{where} needs a "column": the primary key of {target.table.name} has several')
            elif referred not in target.table.columns:
                self.faults.append(f"{where}: {target.table.name} has no column {referred}")
            else:
                row.values[column.key] = Reference(target, referred)

    def _fill(self, row: SeedRow, columns: Mapping[str, Column[Any]]) -> None:
        for name, value in row.given.items():
            column = columns[name]
            try:
                if name == TENANT:
                    raise DoesNotFit(f"is not given in data files: their rows are the tenant {DEFAULT_TENANT}'s")
                if column.computed is not None:
                    raise DoesNotFit("is computed by the database")
                if is_reference(value):
                    self._targets.append((row, column, self._target(value)))
                    row.values[name] = None
                else:
                    row.values[name] = fitted(column, value, self._dialect)
            except DoesNotFit as error:
                self.faults.append(f"{row}: {name} {_holds(error)}")
        missing = [name for name, column in columns.items() if name not in row.given and _must_be_given(column)]
        if missing:
            self.faults.append(f"{row}: gives no {', '.join(missing)}, which must hold something and has no default")

    def _target(self, value: Any) -> _Target:
        wanted = {key: item for key, item in value[REFERENCE].items() if key != "table"}
        name = str(value[REFERENCE].get("table"))
        table = self._tables.get(name)
        if table is None:
            raise DoesNotFit(f"refers to {name}, which {self._no_table(name)}")
        unknown = [name for name in wanted if name not in table.columns] or set(value) - {REFERENCE, "column"}
        if unknown or not wanted:
            raise DoesNotFit(f"refers to {table.name} by {', '.join(map(str, unknown)) or 'nothing'}, not by a key")
        return _Target((table.name, self._key_text(table, wanted)), value.get("column"))

    def _key_text(self, table: Table, values: Mapping[str, Any]) -> str:
        key = {}
        for name, value in sorted(values.items()):
            column = table.columns[name]
            if isinstance(column.type, _NO_KEYS) or value is None:
                raise DoesNotFit(f"{name} of {table.name} cannot be in a natural key")
            if is_reference(value):
                key[name] = [*self._target(value).name, value.get("column")]
            else:
                try:
                    key[name] = as_json(fitted(column, value, self._dialect))
                except DoesNotFit as error:
                    raise DoesNotFit(f"{name} of {table.name} {_holds(error)}") from error
        text = json.dumps(key, ensure_ascii=False, sort_keys=True)
        if len(text) > _LONGEST_KEY:
            raise DoesNotFit(f"its natural key has {len(text)} characters; {_LONGEST_KEY} are allowed")
        return text

    def _no_table(self, name: str) -> str:
        owner = self._owners.owner(name)
        if owner not in (None, self._module):
            return f"is a table of {owner}; a module loads data into its own"
        return f"is no table of {self._module}"

    def _tell(self, row: FileRow, fault: str) -> None:
        self.faults.append(f"{row.place}: {fault}")


def _holds(error: DoesNotFit) -> str:
    told = str(error)
    return told if told.startswith(("is ", "refers ")) else f"holds {told}"


def _points_to(column: Column[Any], table: Table) -> bool:
    """Whether ``column`` may hold a value of ``table``: a foreign key says where to, any other may."""
    referred = {key.target_fullname.rpartition(".")[0] for key in column.foreign_keys}
    return not referred or table.name in referred


def _primary(table: Table) -> str | None:
    columns = list(table.primary_key.columns)
    return columns[0].key if len(columns) == 1 else None


def _must_be_given(column: Column[Any]) -> bool:
    has_default = column.default is not None or column.server_default is not None
    is_numbered = column is column.table.autoincrement_column or column.identity is not None
    return not (column.nullable or has_default or is_numbered or column.computed is not None or column.name == TENANT)
