"""What the proofs take out of the hub to see that they would notice: the transaction, the lock, the journal, the switch."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Engine

from hub_core import runtime
from hub_core.database import connection, transaction_mode
from hub_core.migrations import connections, upgrading
from hub_core.operations import changing, migrate, preparing, up
from hub_core.packages import LOCK_FILE, Environment, Lock, Workshop, building, environments, write_lock
from hub_core.tests.kill import verifying


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


def _verification() -> None:
    """Every module is well."""
    vars(runtime)["verified"] = lambda *_: {}
    vars(verifying)["by_their_files"] = lambda *_: {}


def _switch_in_one_step() -> None:
    """The link is taken away, and made anew."""

    def link_anew(link: Path, target: str) -> None:
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    vars(environments)["link_whole"] = link_anew


def _complete_last() -> None:
    """An environment counts as complete before anything is in it."""
    fill: Callable[..., None] = vars(building)["_fill"]

    def filled(folder: Path, lock: Lock, at: Workshop, **named: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_lock(lock, folder / LOCK_FILE, at.store.folder)
        fill(folder, lock, at, **named)

    vars(building)["_fill"] = filled


def _built_aside() -> None:
    """What is new is installed into the environment that runs."""

    def installed(lock: Lock, at: Workshop, **_: Any) -> Environment:
        current = at.environments.current()
        assert current is not None
        at.installer.install(lock, at.store, current.python, at.bench)
        write_lock(lock, current.folder / LOCK_FILE, at.store.folder)
        return current

    vars(preparing)["build"] = installed


_MECHANISMS: Final[Mapping[str, Callable[[], None]]] = {
    "transaction": _transaction,
    "lock": _lock,
    "journal": _journal,
    "verification": _verification,
    "switch in one step": _switch_in_one_step,
    "complete last": _complete_last,
    "built aside": _built_aside,
}
