"""Keep up with what other processes change in the database: who may call, and whether what is served is still what is recorded."""

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import Connection

from ..access import AccessSnapshot
from ..containment import is_contained
from ..database import Database
from ..registry import Generation, generation, open_operations, token_hashes

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
"""How long a revoked token may still be taken by another process, and what was changed still be served."""


async def follow_registry(
    access: AccessSnapshot, database: Database, since: int, outdated: Callable[[], None], *, is_amid: bool = False
) -> None:
    """Look again and again until cancelled. Without a database the last known tokens stay.

    :param since: the generation that is served; ``outdated`` is called once for each one that is found to be another.
    :param is_amid: whether what is served was read while an operation was under way, which may have been undone since:
        then ``outdated`` is called when there is none any more.
    """
    is_known, seen = True, since
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        was_amid = is_amid
        try:
            async with database.reading.connect() as connection:
                digests, now, is_amid = await connection.run_sync(_read, is_amid)
        except BaseException as error:  # also what a module that listens to every statement raises
            if not is_contained(error):
                raise
            if is_known:
                log.warning("cannot read who may call: %s; the last known tokens stay", type(error).__name__)
            is_known = False
            continue
        access.replace(digests)
        is_known = True
        if now.number != seen:
            seen, is_amid = now.number, False
            log.info("generation %d was recorded, and this process serves %d: it is replaced", now.number, since)
            outdated()
        elif was_amid and not is_amid:
            log.info("the operation that was under way when this process began has ended: it is replaced")
            outdated()


def overtaken(connection: Connection, since: int) -> bool:
    """Whether the database is that of another generation than ``since``, or an operation is changing it."""
    return generation(connection).number != since or bool(open_operations(connection))


def _read(connection: Connection, is_amid: bool) -> tuple[tuple[tuple[str, str], ...], Generation, bool]:
    return token_hashes(connection), generation(connection), is_amid and bool(open_operations(connection))
