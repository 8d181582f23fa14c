"""What the database records of each module, for commands that only look: nothing where there is no database yet."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ..database import DatabaseMissing, DatabaseUrl, connect, parse_url
from ..errors import HubError
from ..planning import Desired, Failure, RecordedModule
from ..registry import desired, forget_failure, is_prepared, recorded, recorded_failures, store_failure, store_failures
from ..settings import HubSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedState:
    """Modules by name, what failed when the hub last came up, and what is wanted; empty where there is no database."""

    modules: Mapping[str, RecordedModule] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    desired: Desired = field(default_factory=Desired)


def recorded_state(settings: HubSettings) -> RecordedState:
    """What the database records; creates and changes nothing.

    :raises DatabaseUnreachable: when the server or file is there and does not answer.
    """
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            if is_prepared(connection):
                return RecordedState(
                    modules=recorded(connection),
                    failures=recorded_failures(connection),
                    desired=desired(connection),
                )
    except DatabaseMissing:
        pass
    return RecordedState()


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


def note_failure(settings: HubSettings, module: str, failure: Failure | None) -> None:
    """Write down that a module failed since, or with ``None`` that it is up again."""
    with connect(parse_url(settings.effective_database_url)) as connection:
        if failure is None:
            forget_failure(connection, module)
        else:
            store_failure(connection, module, failure)
        connection.commit()
