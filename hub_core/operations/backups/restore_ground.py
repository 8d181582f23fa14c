"""What a restore finds where it is to happen: a hub, or a database that is empty or not made yet."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ...catalog import Catalog
from ...database import DatabaseMissing, DatabaseUrl, ModuleContent, TableOwners, connect
from ...planning import Desired, ModuleState, RecordedModule, document, merge
from ...registry import CoreTablesDiffer, desired, has_memory, is_prepared, last_document, recorded
from ...settings import HubSettings
from ..document_file import written
from ..owning import table_owners
from .restore_choice import with_modules


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is recorded, whose each table is and will be, and whether anything was ever done.

    ``states`` are those in which modules come back: as they are now; one that is not recorded is enabled if somebody wants it.
    """

    recorded: Mapping[str, RecordedModule]
    owners: TableOwners
    states: Mapping[str, ModuleState]
    has_memory: bool = False


def ground(url: DatabaseUrl, settings: HubSettings, catalog: Catalog, coming: Mapping[str, ModuleContent]) -> Ground:
    """Read it; where there is no hub yet, nothing is recorded.

    :param coming: the modules that come back; none for a whole hub, which brings what is wanted along.
    """
    if not has_hub(url, settings):
        states = _states(coming, {}, lambda: written(settings) or Desired())
        return Ground(recorded={}, owners=table_owners(None, catalog, with_modules({}, coming)), states=states)
    with connect(url, read_only=True) as connection:
        rows = recorded(connection)
        return Ground(
            recorded=rows,
            owners=table_owners(connection, catalog, with_modules(rows, coming)),
            states=_states(coming, rows, lambda: _wanted(connection, settings)),
            has_memory=has_memory(connection),
        )


def has_hub(url: DatabaseUrl, settings: HubSettings) -> bool:
    """Whether the hub's own tables are there, of whichever release; if not, a restore can make them.

    :raises DatabaseMissing: when it cannot, for a database that somebody else has to create.
    """
    try:
        with connect(url, read_only=True) as connection:
            return is_prepared(connection)
    except CoreTablesDiffer:
        return True
    except DatabaseMissing:
        if url.kind != "sqlite" or not ((folder := url.sqlite_path.parent).is_dir() or folder == settings.state_folder):
            raise
        return False


def _wanted(connection: Connection, settings: HubSettings) -> Desired:
    """What is, once hub.toml counts as it is now."""
    last = document(last_document(connection) or "")
    current = written(settings)
    return merge(desired(connection), last, last if current is None else current)


def _states(
    names: Iterable[str], rows: Mapping[str, RecordedModule], wanted: Callable[[], Desired]
) -> Mapping[str, ModuleState]:
    states = {name: rows[name].state for name in names if name in rows}
    if unknown := [name for name in names if name not in rows]:
        wishes = wanted().modules
        for name in unknown:
            is_wanted = name in wishes and wishes[name].enabled
            states[name] = ModuleState.ENABLED if is_wanted else ModuleState.DISABLED
    return states
