"""What the database records of each module, for commands that only look: nothing where there is no database yet."""

from collections.abc import Mapping

from ..database import DatabaseMissing, connect, parse_url
from ..planning import RecordedModule
from ..registry import recorded
from ..settings import HubSettings


def recorded_state(settings: HubSettings) -> Mapping[str, RecordedModule]:
    """The recorded modules by name; creates and changes nothing.

    :raises DatabaseUnreachable: when the server or file is there and does not answer.
    """
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            return recorded(connection)
    except DatabaseMissing:
        return {}
