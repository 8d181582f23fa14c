"""Give a hook on a transaction its time and no more. It runs in our own thread: nobody else could go on with the transaction.

A statement that runs too long is ended by the database: SQLite asks between its instructions whether to go on, PostgreSQL
has its ``statement_timeout``. Python code, also ``time.sleep`` and the like, is interrupted by a signal, whose handler raises in
the main thread. Code in C that computes is not interrupted; nor is Python code in another thread than the main one.
"""

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import Connection, text

_AGAIN_SECONDS: Final = 0.1
"""When it is interrupted again, if it goes on."""
_PATIENCE: Final = 10
"""After so many interruptions it is one that ``except Exception`` does not catch."""
_INSTRUCTIONS: Final = 10_000
"""Of SQLite's machine between two looks at the clock; some 0.1 ms."""


class _TooLate(Exception):
    """Interrupts who takes too long. No TimeoutError: SQLAlchemy closes a connection on which one is raised."""


class _StillRunning(BaseException):
    """Interrupts who goes on in spite of that."""


@contextmanager
def limited(connection: Connection, seconds: float) -> Iterator[None]:
    """Let the block use ``connection`` for ``seconds``; its last statement may begin just before they are over and have them again.

    :raises TimeoutError: when it takes longer, also in place of what it raised then. The transaction has to be rolled back.
    """
    until = time.monotonic() + seconds
    told = f"took more than {seconds:g} s"
    driver: Any = connection.connection.driver_connection
    statements = (
        _on_sqlite(driver, until) if connection.dialect.name == "sqlite" else _on_postgresql(connection, seconds)
    )
    try:
        with statements, _alarm(seconds, _interrupting(driver)):
            yield
    except (Exception, _StillRunning) as error:
        if time.monotonic() >= until:
            raise TimeoutError(told) from error
        raise
    if time.monotonic() >= until:
        raise TimeoutError(told)


@contextmanager
def _on_sqlite(driver: sqlite3.Connection, until: float) -> Iterator[None]:
    driver.set_progress_handler(lambda: time.monotonic() >= until, _INSTRUCTIONS)
    try:
        yield
    finally:
        with suppress(sqlite3.ProgrammingError):  # it is closed
            driver.set_progress_handler(None, 0)


@contextmanager
def _on_postgresql(connection: Connection, seconds: float) -> Iterator[None]:
    before = connection.scalar(text("SHOW statement_timeout"))
    limit = text("SELECT set_config('statement_timeout', :limit, true)")
    connection.execute(limit, {"limit": f"{max(int(seconds * 1000), 1)}ms"})
    yield
    connection.execute(limit, {"limit": before})  # after an error the transaction ends, and the setting with it


def _interrupting(driver: Any) -> Callable[[], None]:
    """What ends the Python code that runs in the main thread at the moment."""
    times = 0

    def interrupt() -> None:
        nonlocal times
        if not isinstance(driver, sqlite3.Connection) and driver.info.transaction_status.name == "ACTIVE":
            return  # the statement is ended by the server; what is raised here would leave a connection nobody can roll back
        times += 1
        raise _TooLate("its time is over") if times <= _PATIENCE else _StillRunning("its time is over")

    return interrupt


@contextmanager
def _alarm(seconds: float, ring: Callable[[], None]) -> Iterator[None]:
    """Call ``ring`` in the main thread after ``seconds`` and then again and again; somebody else's alarm waits until the end."""
    theirs = signal.getsignal(signal.SIGALRM)
    if threading.current_thread() is not threading.main_thread() or theirs is None:
        yield
        return
    is_set, began = True, time.monotonic()
    signal.signal(signal.SIGALRM, lambda number, frame: ring() if is_set else None)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        is_set = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, theirs)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), _AGAIN_SECONDS), interval)
