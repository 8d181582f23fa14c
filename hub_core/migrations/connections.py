"""The connections of a run that migrates many modules.

Each migration has a connection of its own, because what it sets stays with it. Only what is learnt is kept: the engine,
which has compiled the hub's statements, and the names of what is in a PostgreSQL database.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Final, Self, TypeVar

from sqlalchemy import Connection, Engine

from ..database import DatabaseUrl, connect, engine_of
from .guard.catalogue import Names

Answer = TypeVar("Answer")
READ_ONLY_ELSEWHERE: Final = "SET default_transaction_read_only = on"
"""A transaction that a migration begins by itself, behind a ROLLBACK of its own, can write nothing."""


class Connections:
    """Opened when needed, closed with the block.

    ``names`` is what :class:`PostgresqlGuard` knows of the database from one migration to the next: the leader alone
    changes what the hub's modules have in it.
    """

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url
        self.names: Names = {}
        self._engine: Engine | None = None
        self._reading: Connection | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextmanager
    def new(self) -> Iterator[Connection]:
        """A connection for one migration; its foreign keys are not enforced on SQLite."""
        self._engine = self._engine or engine_of(self.url, foreign_keys=False)
        try:
            with connect(self.url, foreign_keys=False, engine=self._engine) as connection:
                if self.url.kind == "postgresql":
                    connection.exec_driver_sql(READ_ONLY_ELSEWHERE)
                    connection.commit()
                yield connection
        except BaseException:
            self.names.clear()
            raise

    def read(self, question: Callable[[Connection], Answer]) -> Answer:
        """Ask the database something, as it is now, without waiting for writers.

        :raises DatabaseMissing: where there is none yet.
        """
        if self._reading is None:
            self._reading = self._stack.enter_context(connect(self.url, read_only=True))
        try:
            return question(self._reading)
        finally:
            self._reading.rollback()  # the next question shall see what was committed since
