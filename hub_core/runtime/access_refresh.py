"""Keep who may call as the database has it: another process may have revoked a token."""

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from ..access import AccessSnapshot
from ..database import Database
from ..registry import token_hashes

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
"""How long a revoked token may still be taken by another process."""


async def refresh_access(access: AccessSnapshot, database: Database) -> None:
    """Read the stored digests again and again until cancelled. Without a database the last known ones stay."""
    is_known = True
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            async with database.reading.connect() as connection:
                access.replace(await connection.run_sync(token_hashes))
        except (SQLAlchemyError, OSError) as error:
            if is_known:
                log.warning("cannot read who may call: %s; the last known tokens stay", type(error).__name__)
            is_known = False
        else:
            is_known = True
