"""Read, remove and fill tables on SQLite, over a driver's own connection and inside its transaction."""

# ruff: noqa: S608 - names cannot be bound; every one is quoted

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import Any

from .archive.json_rows import OddText, Row, lines
from .backup_content import TableContent
from .table_archive import Rows, digest_of


class SqliteTables:
    """The tables of one database."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def names(self) -> list[str]:
        """Every table that holds rows itself; a virtual one keeps them in others."""
        rows = self._all("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        return [name for (name,) in rows if not name.startswith("sqlite_")]

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns that are stored, without computed ones."""
        return tuple(name for (name,) in self._all("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", table))

    def types(self, table: str, columns: Sequence[str]) -> tuple[str, ...]:
        """What ``columns`` were declared as."""
        declared = dict(self._all("SELECT name, type FROM pragma_table_xinfo(?)", table))
        return tuple(declared[column] for column in columns)

    def has_rows(self, table: str) -> bool:
        """Whether there is any."""
        return self._driver.execute(f"SELECT 1 FROM {quoted(table)} LIMIT 1").fetchone() is not None

    def count(self, table: str) -> int:
        """How many rows there are."""
        return int(self._all(f"SELECT count(*) FROM {quoted(table)}")[0][0])

    def content(self, table: str, columns: Sequence[str] | None = None) -> TableContent:
        """Count and hash all rows, in the order they are stored."""
        columns = tuple(columns or self.columns(table))
        digest, rows = hashlib.sha256(), 0
        with self._any_text():
            # An index could answer in another order. A table without row ids has only the order of its key.
            for row in self._driver.execute(f"SELECT {_list(columns)} FROM {quoted(table)} NOT INDEXED"):
                digest.update(repr(row).encode("utf-8", "surrogateescape"))
                rows += 1
        return TableContent(name=table, columns=columns, rows=rows, sha256=digest.hexdigest())

    @contextmanager
    def lines(self, table: str, columns: Sequence[str], types: Sequence[str]) -> Iterator[Rows]:
        """Yield all rows as JSON lines, in the order they are stored."""
        with self._any_text():
            yield lines(self._driver.execute(f"SELECT {_list(columns)} FROM {quoted(table)} NOT INDEXED"))

    def lines_content(self, table: str, columns: Sequence[str]) -> TableContent:
        """Count and hash these lines."""
        types = self.types(table, columns)
        with self.lines(table, columns, types) as each:
            return replace(digest_of(table, columns, each), types=types)

    def sequences(self, tables: Iterable[str]) -> dict[str, tuple[int, bool]]:
        """The last number that ``AUTOINCREMENT`` gave out, by table."""
        if not self._all("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"):
            return {}
        wanted = set(tables)
        return {
            name: (last, True) for name, last in self._all("SELECT name, seq FROM sqlite_sequence") if name in wanted
        }

    def set_sequences(self, sequences: Mapping[str, tuple[int, bool]]) -> None:
        """Go on counting from there."""
        for name, (last, _) in sequences.items():
            self._driver.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
            self._driver.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))

    def counters(self, tables: Iterable[str]) -> dict[str, int]:
        """The last number that each of ``tables`` gave out; without ``AUTOINCREMENT`` a table does not remember it."""
        return {name: last for name, (last, _) in self.sequences(tables).items()}

    def set_counters(self, counters: Mapping[str, int], tables: Iterable[str]) -> None:
        """Give out higher numbers than these, where a table remembers the last one."""
        for name in set(counters).intersection(self.sequences(tables)):
            last = counters[name]
            self._driver.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, name))

    def orphans(self, is_own: Callable[[str], bool]) -> set[tuple[Any, ...]]:
        """Rows that refer to no row: table, number of the row, the table it refers to, which of its foreign keys.

        Of tables for which ``is_own``, and of all that refer to one of them.
        """
        refer = {table for table in self.names() if is_own(table) or any(map(is_own, self._parents(table)))}
        found = (self._all(f"PRAGMA main.foreign_key_check({quoted(table)})") for table in refer)
        return {tuple(row) for rows in found for row in rows}

    def _parents(self, table: str) -> list[str]:
        return [name for (name,) in self._all('SELECT "table" FROM pragma_foreign_key_list(?)', table)]

    def drop(self, is_own: Callable[[str], bool]) -> None:
        """Remove every view and table that is the module's, with indexes and triggers."""
        for kinds in ("type = 'view'", "sql LIKE 'CREATE VIRTUAL%'", "type = 'table'"):
            for name, kind in self._all(
                f"SELECT name, type FROM sqlite_master WHERE {kinds} AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            ):
                if is_own(name):
                    self._driver.execute(f"DROP {kind} IF EXISTS {quoted(name)}")

    def broken(self) -> set[str]:
        """Views that cannot be read, and tables that refer to one that is not there: PostgreSQL lets nobody make them so."""
        names = {*self.names()}
        dangling = {table for table in names if not names.issuperset(self._parents(table))}
        views = (name for (name,) in self._all("SELECT name FROM sqlite_master WHERE type = 'view'"))
        return dangling | {view for view in views if not self._is_readable(view)}

    def needing(self, is_own: Callable[[str], bool]) -> list[str]:
        """What could not be used any more without the module's tables, one sentence each. Tried beside the database, without rows."""
        kept = "sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        made = self._all(f"SELECT sql FROM sqlite_master WHERE type IN ('table', 'view') AND {kept} ORDER BY type")
        with closing(sqlite3.connect(":memory:")) as beside:
            for (sql,) in made:
                with suppress(
                    sqlite3.OperationalError
                ):  # what a virtual table has made itself, or no module here makes
                    beside.execute(sql)
            tables = SqliteTables(beside)
            before = tables.broken()
            tables.drop(is_own)
            return [f"{name} could not be used without them" for name in sorted(tables.broken() - before)]

    def _is_readable(self, view: str) -> bool:
        try:
            self._driver.execute(f"SELECT 1 FROM {quoted(view)} LIMIT 0")
        except sqlite3.OperationalError:
            return False
        return True

    @contextmanager
    def filling(self, tables: Sequence[str]) -> Iterator[None]:
        """Empty ``tables``, and keep their triggers from firing during the block."""
        triggers = [
            (name, sql)
            for name, table, sql in self._all("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            if table in tables
        ]
        for name, _ in triggers:
            self._driver.execute(f"DROP TRIGGER {quoted(name)}")
        for table in tables:
            self._driver.execute(f"DELETE FROM {quoted(table)}")
        yield
        for _, sql in triggers:
            self._driver.execute(sql)

    def fill_from(self, attached: str, table: TableContent) -> None:
        """Take over the rows of ``table`` from an attached database, in the order they are stored there."""
        columns = _list(table.columns)
        self._driver.execute(
            f"INSERT INTO main.{quoted(table.name)} ({columns}) "
            f"SELECT {columns} FROM {attached}.{quoted(table.name)} NOT INDEXED"
        )

    @contextmanager
    def writing(self, table: str, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Row]], object]]:
        """Yield what inserts rows."""
        into = f"INSERT INTO {quoted(table)} ({_list(columns)}) VALUES "
        plain = f"{into}({', '.join('?' * len(columns))})"

        def write(rows: Iterable[Row]) -> None:
            together: list[Row] = []
            for row in rows:
                if not any(type(value) is OddText for value in row):
                    together.append(row)
                    continue
                self._driver.executemany(plain, together)
                together = []
                odd = ", ".join("CAST(? AS TEXT)" if type(value) is OddText else "?" for value in row)
                values = [value.content if type(value) is OddText else value for value in row]
                self._driver.execute(f"{into}({odd})", values)
            self._driver.executemany(plain, together)

        yield write

    def _all(self, statement: str, *values: str) -> list[Any]:
        return self._driver.execute(statement, values).fetchall()

    @contextmanager
    def _any_text(self) -> Iterator[None]:
        """Read text that is not UTF-8 too: SQLite keeps any bytes as text."""
        before, self._driver.text_factory = self._driver.text_factory, _text
        try:
            yield
        finally:
            self._driver.text_factory = before


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
