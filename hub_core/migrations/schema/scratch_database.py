"""A database to try in: what is made there is gone afterwards, and nothing else of the database is seen from it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ...database import DatabaseUrl, connect, parse_url
from ...errors import HubError


class ScratchRefused(HubError):
    """The database does not let its role make a schema to try in."""

    code = "scratch_refused"

    def __init__(self, url: DatabaseUrl, error: DBAPIError) -> None:
        super().__init__(
            f"cannot make a schema to try the revisions in, in {url.masked}",
            cause=" ".join(str(error.orig).split()),
            remedy=f'GRANT CREATE ON DATABASE "{url.url.database}" to the role of the URL, or use another database',
        )


@contextmanager
def scratch(url: DatabaseUrl) -> Iterator[Connection]:
    """A connection to an empty database of the kind of ``url``: nothing of it stays, whatever the block does.

    On SQLite a file of its own. On PostgreSQL a schema of its own, the only one where names are looked up, in a
    transaction that is rolled back: other connections never see it.

    :raises ScratchRefused: on PostgreSQL, where the role may not create a schema.
    """
    if url.kind == "sqlite":
        with (
            tempfile.TemporaryDirectory(prefix="hub-scratch-") as folder,
            connect(parse_url(f"sqlite:///{Path(folder) / 'scratch.db'}"), foreign_keys=False) as connection,
        ):
            yield connection
            connection.rollback()
        return
    with connect(url) as connection:
        schema = f"hub_scratch_{token_hex(8)}"
        try:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        except DBAPIError as error:
            raise ScratchRefused(url, error) from error
        connection.execute(text(f"SET LOCAL search_path TO {schema}"))
        try:
            yield connection
        finally:
            connection.rollback()
