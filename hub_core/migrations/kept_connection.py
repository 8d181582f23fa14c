"""One connection for the migrations of many modules: opening one for each costs more than many a migration."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from ..database import DatabaseUrl, connect, only_reading
from .postgresql_catalogue import Names

Answer = TypeVar("Answer")


class KeptConnection:
    """Opened when first needed, closed with the block; one that failed is not used again.

    ``names`` is what :class:`PostgresqlGuard` knows of the database from one migration to the next: the leader alone
    changes what the hub's modules have in it.
    """

    def __init__(self, url: DatabaseUrl) -> None:
        self.url = url
        self.names: Names = {}
        self._stack = ExitStack()
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """The connection, outside a transaction; its foreign keys are not enforced on SQLite."""
        if self._connection is None:
            self._connection = self._stack.enter_context(connect(self.url, foreign_keys=False))
        try:
            yield self._connection
        except BaseException as error:
            stack, self._stack, self._connection = self._stack, ExitStack(), None
            self.names.clear()
            stack.__exit__(type(error), error, error.__traceback__)  # where connect() explains the driver's errors
            raise

    def read(self, question: Callable[[Connection], Answer]) -> Answer:
        """Ask something in a transaction of its own that waits for no writer."""
        with self.opened() as connection, only_reading(connection):
            return question(connection)
