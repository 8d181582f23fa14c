"""Every moment at which a process is killed: before and after each statement, COMMIT, ROLLBACK, rename and file it writes.

Statements are caught at the database driver, below SQLAlchemy and Alembic, so none passes unseen. The process that is
watched numbers the moments; at the one it was told it says so and waits for its end, which comes from outside.
"""

import builtins
import io
import os
import re
import sqlite3
import sqlite3.dbapi2
import threading
from collections.abc import Callable
from typing import Any, Final

import psycopg

FILE_CALLS: Final = ("replace", "rename", "link", "symlink", "unlink", "remove", "rmdir", "fsync", "truncate")

MOMENT: Final = re.compile(r"\d{8}T\d{6}(\.\d+)?Z")
"""What in a file's name is another in each run."""


class Points:
    """Counts the moments it is told of, and hands over at the one numbered ``stop_at``, from 0, or the first of that name.

    ``before`` is how many there were in what this process was before. A fork of it is another process, and passes none.
    """

    def __init__(self, stop_at: int | str | None, stop: Callable[[int, str], None], before: int = 0) -> None:
        self.names: list[str] = []
        self._stop_at, self._stop, self._before = stop_at, stop, before
        self._lock, self._process = threading.Lock(), os.getpid()

    @property
    def count(self) -> int:
        """How many there were."""
        return self._before + len(self.names)

    def passed(self, name: str) -> None:
        """One more moment."""
        if os.getpid() != self._process:
            return
        with self._lock:
            number = self.count
            self.names.append(name)
        if self._stop_at in (number, name):
            self._stop(number, name)

    def around(self, call: Callable[..., Any], describe: Callable[..., str]) -> Callable[..., Any]:
        """``call`` with a moment before and one after it."""

        def watched(*arguments: Any, **named: Any) -> Any:
            name = describe(*arguments, **named)
            self.passed(f"before {name}")
            answer = call(*arguments, **named)
            self.passed(f"after {name}")
            return answer

        return watched


def watch(points: Points) -> None:
    """Let this process pass ``points`` from now on; it is never undone, for the process is there to be killed."""
    _watch_sqlite(points)
    _watch_psycopg(points)
    for name in FILE_CALLS:
        setattr(os, name, points.around(getattr(os, name), lambda *paths, _name=name, **_: _file(_name, paths)))
    _watch_open(points)
    _watch_os_open(points)


def _watch_sqlite(points: Points) -> None:
    class Cursor(sqlite3.Cursor):
        execute = points.around(sqlite3.Cursor.execute, _statement)
        executemany = points.around(sqlite3.Cursor.executemany, _statement)
        executescript = points.around(sqlite3.Cursor.executescript, _statement)

    class Connection(sqlite3.Connection):
        commit = points.around(sqlite3.Connection.commit, lambda _: "COMMIT")
        rollback = points.around(sqlite3.Connection.rollback, lambda _: "ROLLBACK")
        backup = points.around(sqlite3.Connection.backup, lambda *_, **__: "backup")

        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

    connect = sqlite3.dbapi2.connect

    def watched(*arguments: Any, **named: Any) -> Any:
        return connect(*arguments, **{"factory": Connection, **named})

    sqlite3.connect = sqlite3.dbapi2.connect = watched


def _watch_psycopg(points: Points) -> None:
    for name in ("execute", "executemany", "copy"):
        setattr(psycopg.Cursor, name, points.around(getattr(psycopg.Cursor, name), _statement))
    psycopg.Connection.commit = points.around(psycopg.Connection.commit, lambda _: "COMMIT")  # type: ignore[method-assign]
    psycopg.Connection.rollback = points.around(psycopg.Connection.rollback, lambda _: "ROLLBACK")  # type: ignore[method-assign]


def _watch_open(points: Points) -> None:
    """A file that is opened for writing is there, and empty, before anything is in it."""
    untouched = io.open

    def watched(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if not set(mode) & set("wxa+") or isinstance(file, int):
            return untouched(file, mode, *arguments, **named)
        return points.around(untouched, lambda *_, **__: _file("open", (file,)))(file, mode, *arguments, **named)

    builtins.open = io.open = watched


def _watch_os_open(points: Points) -> None:
    untouched = os.open

    def watched(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if not flags & os.O_CREAT:
            return untouched(path, flags, *arguments, **named)
        opened: int = points.around(untouched, lambda *_, **__: _file("open", (path,)))(
            path, flags, *arguments, **named
        )
        return opened

    os.open = watched


def _statement(_: Any, statement: Any, *__: Any, **___: Any) -> str:
    return " ".join(str(statement).split())[:70]


def _file(name: str, paths: tuple[Any, ...]) -> str:
    told = " ".join(str(path) if isinstance(path, int) else os.path.basename(path) for path in paths)  # noqa: PTH119
    return f"{name} {MOMENT.sub('<moment>', told)}"
