"""Where two snapshots of a module's tables differ: what is found, and what is wanted instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .table_snapshot import ColumnShape, Snapshot, TableShape

Kind = Literal[
    "table", "column", "type", "nullable", "default", "computed",
    "primary_key", "unique", "foreign_key", "check", "exclusion", "index", "enum",
]  # fmt: skip
PARTS: Final = ("primary_key", "unique", "foreign_key", "check", "exclusion", "index")
"""The kinds of what a table has beside its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as wanted. ``found`` is ``None`` for what is missing, ``wanted`` for what is too much.

    ``name`` is that of the column, constraint, index or label; ``table`` that of the enumeration where it is one.
    """

    table: str
    kind: Kind
    name: str
    found: str | None
    wanted: str | None

    def as_json(self) -> dict[str, str | None]:
        """The keys of ``hub schema diff --json``."""
        return {
            "table": self.table,
            "kind": self.kind,
            "name": self.name,
            "found": self.found,
            "wanted": self.wanted,
        }


def compare(found: Snapshot, wanted: Snapshot) -> tuple[Difference, ...]:
    """Every difference, by table; the order of columns is none."""
    differences: list[Difference] = []
    for name in sorted(found.tables.keys() | wanted.tables.keys()):
        differences += _tables(name, found.tables.get(name), wanted.tables.get(name))
    for name in sorted(found.enums.keys() & wanted.enums.keys()):
        before, after = found.enums[name], wanted.enums[name]
        if before != after:
            differences.append(_difference(name, "enum", "labels", ", ".join(before), ", ".join(after)))
    return tuple(differences)


def reverse(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The way back."""
    return tuple(_difference(each.table, each.kind, each.name, each.wanted, each.found) for each in differences)


def _tables(name: str, found: TableShape | None, wanted: TableShape | None) -> Iterator[Difference]:
    if found is None or wanted is None:
        yield _difference(name, "table", "", None if found is None else "", None if wanted is None else "")
        return
    for column in _in_order(found.columns, wanted.columns):
        yield from _columns(name, column, found.columns.get(column), wanted.columns.get(column))
    for kind in PARTS:
        before = {part: told for (each, part), told in found.parts.items() if each == kind}
        after = {part: told for (each, part), told in wanted.parts.items() if each == kind}
        for part in sorted(before.keys() | after.keys()):
            if before.get(part) != after.get(part):
                yield _difference(name, kind, part, before.get(part), after.get(part))


def _columns(table: str, name: str, found: ColumnShape | None, wanted: ColumnShape | None) -> Iterator[Difference]:
    if found is None or wanted is None:
        yield _difference(table, "column", name, _told(found), _told(wanted))
        return
    if found.type != wanted.type:
        yield _difference(table, "type", name, found.type, wanted.type)
    if found.nullable != wanted.nullable:
        yield _difference(table, "nullable", name, _null(found), _null(wanted))
    if found.default != wanted.default:
        yield _difference(table, "default", name, found.default, wanted.default)
    if found.computed != wanted.computed:
        yield _difference(table, "computed", name, found.computed, wanted.computed)


def _told(column: ColumnShape | None) -> str | None:
    if column is None:
        return None
    default = f", default {column.default}" if column.default is not None else ""
    return f"{column.type}, {_null(column)}{default}"


def _null(column: ColumnShape) -> str:
    return "may be null" if column.nullable else "not null"


def _in_order(found: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    return [*wanted, *(name for name in found if name not in wanted)]


def _difference(table: str, kind: str, name: str, found: str | None, wanted: str | None) -> Difference:
    return Difference(table=table, kind=kind, name=name, found=found, wanted=wanted)  # type: ignore[arg-type]
