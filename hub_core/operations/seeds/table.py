"""The rows of one table, for seeding: found by natural key in few statements, written in few, told apart when one fails."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from hub_hookspecs.database import DEFAULT_TENANT
from sqlalchemy import Column, Connection, Executable, Table, and_, bindparam, insert, select, update
from sqlalchemy import column as named_column
from sqlalchemy import values as listed
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from ...errors import HubError
from .rows import TENANT, SeedRow
from .values import comparable

_MOST_PARAMETERS: Final = 30_000
"""What one statement may have, on SQLite 32 766."""

Found = Mapping[str, Any]
"""The columns of a row in the database, by key."""
Values = dict[str, Any]


class SeedFailed(HubError):
    """The database refused a row of a module's data files. Values are left out but for the natural key."""

    code = "seed_failed"

    def __init__(self, module: str, row: SeedRow, error: StatementError) -> None:
        super().__init__(
            f"the data of {module} could not be loaded",
            cause=f"{row}: {_told(error)}",
            remedy=f"Install a release of {module} whose data fits its tables, or correct the row",
        )
        self.module, self.place = module, row.place


def found_rows(
    connection: Connection, table: Table, keys: Mapping[SeedRow, Values], columns: Collection[str]
) -> dict[SeedRow, list[Found]]:
    """The rows in the database with the natural key of each, first by primary key first; of the default tenant only.

    :param keys: the values of its key by row.
    :param columns: what to read of them besides.
    """
    found: dict[SeedRow, list[Found]] = {}
    for names, rows in _by_columns(keys):
        by_key = {tuple(comparable(keys[row][name]) for name in names): row for row in rows}
        wanted = [table.columns[name] for name in dict.fromkeys((*names, *columns))]
        for some in _chunks(rows, len(names)):
            query = select(*wanted).where(_is_one_of(table, names, [keys[row] for row in some]))
            if TENANT in table.columns:
                query = query.where(table.columns[TENANT] == DEFAULT_TENANT)
            for values in connection.execute(query.order_by(*table.primary_key.columns)):
                there = dict(zip((column.key for column in wanted), values, strict=True))
                if row := by_key.get(tuple(comparable(there[name]) for name in names)):
                    found.setdefault(row, []).append(there)
    return found


def insert_rows(connection: Connection, module: str, table: Table, rows: Mapping[SeedRow, Values]) -> None:
    """Insert ``rows`` with these values; columns that one does not give get their defaults.

    :raises SeedFailed: naming the row.
    """
    for _, some in _by_columns(rows):
        _write(connection, module, insert(table), {row: rows[row] for row in some})


def update_rows(
    connection: Connection, module: str, table: Table, rows: Mapping[SeedRow, tuple[Found, Values]]
) -> None:
    """Change of each row that was found these columns.

    :raises SeedFailed: naming the row.
    """
    keys = primary_columns(table)
    for names, some in _by_columns({row: values for row, (_, values) in rows.items()}):
        statement = (
            update(table)
            .where(*(column == bindparam(f"at_{column.key}", type_=column.type) for column in keys))
            .values({name: bindparam(f"to_{name}", type_=table.columns[name].type) for name in names})
        )
        parameters = {}
        for row in some:
            there, values = rows[row]
            at = {f"at_{column.key}": there[column.key] for column in keys}
            parameters[row] = at | {f"to_{name}": values[name] for name in names}
        _write(connection, module, statement, parameters)


def primary_columns(table: Table) -> list[Column[Any]]:
    """What tells one row of ``table`` from all others: its primary key, or all columns where it has none."""
    return list(table.primary_key.columns) or list(table.columns)


def _write(connection: Connection, module: str, statement: Executable, rows: Mapping[SeedRow, Values]) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement, list(rows.values()))
    except StatementError as error:
        error.hide_parameters = True  # it may be printed with its traceback
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError):
            raise
        row, cause = _culprit(connection, statement, rows)
        raise SeedFailed(module, row, cause or error) from None


def _culprit(
    connection: Connection, statement: Executable, rows: Mapping[SeedRow, Values]
) -> tuple[SeedRow, StatementError | None]:
    """The first row that is refused when they are written one by one."""
    savepoint = connection.begin_nested()
    try:
        for row, values in rows.items():
            try:
                connection.execute(statement, values)
            except StatementError as error:
                return row, error
    finally:
        savepoint.rollback()
    return next(iter(rows)), None


def _told(error: StatementError) -> str:
    """What the database says of a constraint, without its values; of anything else the kind."""
    if not isinstance(error, IntegrityError):
        return type(error.orig or error).__name__
    told = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig)
    return " ".join(str(told).split())


def _is_one_of(table: Table, names: Sequence[str], keys: Sequence[Values]) -> Any:
    """A key of several columns is joined: PostgreSQL makes a tree of a list of pairs, and is too deep in it at ten thousand."""
    columns = [table.columns[name] for name in names]
    if len(columns) == 1:
        return columns[0].in_([key[names[0]] for key in keys])
    wanted = listed(*(named_column(each.key, each.type) for each in columns), name="wanted")
    rows = wanted.data([tuple(key[name] for name in names) for key in keys]).cte()
    return and_(*(each == rows.columns[each.key] for each in columns))


def _by_columns(rows: Mapping[SeedRow, Values]) -> Iterable[tuple[tuple[str, ...], list[SeedRow]]]:
    """Rows that give the same columns together, as one statement takes them."""
    return _grouped(rows, lambda row: tuple(sorted(rows[row]))).items()


def _grouped(rows: Iterable[SeedRow], by: Callable[[SeedRow], tuple[str, ...]]) -> dict[tuple[str, ...], list[SeedRow]]:
    groups: dict[tuple[str, ...], list[SeedRow]] = {}
    for row in rows:
        groups.setdefault(by(row), []).append(row)
    return groups


def _chunks(rows: Sequence[SeedRow], width: int) -> Iterator[Sequence[SeedRow]]:
    size = max(1, _MOST_PARAMETERS // width)
    return (rows[start : start + size] for start in range(0, len(rows), size))
