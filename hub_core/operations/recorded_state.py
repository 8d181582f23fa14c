"""What the database records of each module, for commands that only look: nothing where there is no database yet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from ..database import DatabaseMissing, DatabaseUrl, connect, parse_url
from ..errors import HubError
from ..planning import Failure, RecordedModule
from ..registry import is_prepared, recorded, recorded_failures, store_failures
from ..settings import HubSettings


def recorded_state(settings: HubSettings) -> tuple[Mapping[str, RecordedModule], Mapping[str, Failure]]:
    """The recorded modules by name, and what failed when the hub last came up; creates and changes nothing.

    :raises DatabaseUnreachable: when the server or file is there and does not answer.
    """
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            return recorded(connection), recorded_failures(connection) if is_prepared(connection) else {}
    except DatabaseMissing:
        return {}, {}


class NeverBroughtUp(HubError):
    """The database is there and holds nothing of the hub."""

    code = "never_brought_up"

    def __init__(self, url: DatabaseUrl) -> None:
        super().__init__(
            f"the database {url.masked} holds nothing of the hub",
            remedy="Run `hub up`, which prepares it, or name another",
        )


@contextmanager
def registry_connection(settings: HubSettings) -> Iterator[Connection]:
    """A connection that only reads, to a database the hub has prepared.

    :raises NeverBroughtUp: when it has not.
    """
    url = parse_url(settings.effective_database_url)
    with connect(url, read_only=True) as connection:
        if not is_prepared(connection):
            raise NeverBroughtUp(url)
        yield connection


def note_failures(settings: HubSettings, failures: Mapping[str, Failure]) -> None:
    """Write down which modules did not come up this time."""
    with connect(parse_url(settings.effective_database_url)) as connection:
        store_failures(connection, failures)
        connection.commit()
