"""What the proofs take out of the hub to see that they would notice: the transaction, the lock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import URL, Engine

from hub_core.database import connection, transaction_mode
from hub_core.migrations import connections, upgrading
from hub_core.operations import changing, migrate, up


def take_out(mechanism: str) -> None:
    """Run this process without one mechanism, until it ends."""
    _MECHANISMS[mechanism]()


def _transaction() -> None:
    """Each statement commits by itself, as the drivers do when nobody begins a transaction.

    The guard, which would notice and refuse to go on, looks away.
    """
    transaction_mode._BEGIN["write"] = "SELECT 1"
    create_engine: Callable[..., Engine] = vars(connection)["create_engine"]

    def without(url: URL, **named: Any) -> Engine:
        engine = create_engine(url, **named)
        return engine.execution_options(isolation_level="AUTOCOMMIT") if url.drivername != "sqlite+pysqlite" else engine

    vars(connection)["create_engine"] = without
    vars(upgrading)["guarded"] = lambda *_: nullcontext()
    vars(connections)["READ_ONLY_ELSEWHERE"] = "SELECT 1"  # else nothing at all could be written in such a transaction


def _lock() -> None:
    """Whoever comes is the leader."""

    @contextmanager
    def nobody_waits(url: Any, *, wait_seconds: float) -> Iterator[None]:
        yield

    for operation in (up, migrate):
        vars(operation)["leader_lock"] = nobody_waits


def _journal() -> None:
    """Nobody looks for what was cut off."""
    for operation in (changing, up):
        vars(operation)["recover"] = lambda *_: ()


_MECHANISMS: Final[Mapping[str, Callable[[], None]]] = {
    "transaction": _transaction,
    "lock": _lock,
    "journal": _journal,
}
