"""Write a row although an operation is at work: on SQLite a migration holds the one write lock for as long as it takes."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from ..runtime import Hub

log = logging.getLogger(__name__)
T = TypeVar("T")

_PAUSE_SECONDS: Final = 0.1


async def written(hub: Hub, write: Callable[[Connection], T]) -> T:
    """Run ``write`` in a transaction of its own; one that cannot begin is tried again for ``lock_seconds``.

    :raises OperationalError: when the database is locked longer than that, or away.
    :raises CommitFailed: when the database does not take it.
    """
    until = time.monotonic() + hub.settings.lock_seconds
    while True:
        try:
            async with hub.database.session() as session:
                return await session.run_sync(lambda inner: write(inner.connection()))
        except OperationalError as error:
            if not _is_locked(error) or time.monotonic() >= until:
                raise
            log.info("an operation writes; what is to be written down waits for it")
            await asyncio.sleep(_PAUSE_SECONDS)


def _is_locked(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
