"""In which order rows of data files are written: what is referred to first, by ``$ref`` or by a foreign key's own value."""

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sqlalchemy import ForeignKeyConstraint

from .files import SeedInvalid
from .rows import Reference, SeedRow
from .values import comparable

_MOST_TOLD = 10


def ordered(module: str, rows: Sequence[SeedRow]) -> tuple[tuple[SeedRow, ...], ...]:
    """``rows`` in groups: each row after all it refers to, and within a group as the files have them.

    :raises SeedInvalid: when rows refer to one another in a circle, naming each.
    """
    place = {row: number for number, row in enumerate(rows)}
    foreign = _ForeignKeys(rows)
    sorter: TopologicalSorter[SeedRow] = TopologicalSorter()
    for row in rows:
        sorter.add(row, *(each.target for each in row.references()), *foreign.referred(row))
    try:
        sorter.prepare()
    except CycleError as error:
        raise SeedInvalid(module, [_circle(error.args[1])]) from None
    groups = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        groups.append(tuple(ready))
        sorter.done(*ready)
    return tuple(groups)


class _ForeignKeys:
    """Finds the rows that a foreign key with plain values means; an index per target, made when first asked for."""

    def __init__(self, rows: Iterable[SeedRow]) -> None:
        self._rows = tuple(rows)
        self._indexes: dict[tuple[str, ...], dict[tuple[Any, ...], SeedRow]] = {}

    def referred(self, row: SeedRow) -> Iterator[SeedRow]:
        """The other rows of files that ``row`` refers to by value."""
        for key in row.table.foreign_key_constraints:
            values = _values(row, key.column_keys)
            if values and (target := self._index(key).get(values)) not in (None, row):
                yield target

    def _index(self, key: ForeignKeyConstraint) -> dict[tuple[Any, ...], SeedRow]:
        columns = tuple(element.column.key for element in key.elements)
        name = (key.referred_table.name, *columns)
        if name not in self._indexes:
            rows = (row for row in self._rows if row.table is key.referred_table)
            self._indexes[name] = {values: row for row in rows if (values := _values(row, columns))}
        return self._indexes[name]


def _values(row: SeedRow, columns: Iterable[str]) -> tuple[Any, ...]:
    """The values of these columns; nothing when one is not given, or is no plain value."""
    found = [row.values.get(name) for name in columns]
    if any(value is None or isinstance(value, Reference) for value in found):
        return ()
    return tuple(map(comparable, found))


def _circle(rows: Sequence[SeedRow]) -> str:
    told = [str(row) for row in reversed(rows)]
    if len(told) > _MOST_TOLD:
        told = [*told[:_MOST_TOLD], f"{len(told) - _MOST_TOLD} more"]
    return f"rows refer to one another in a circle: {' → '.join(told)}"
