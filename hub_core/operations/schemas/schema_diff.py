"""``hub schema diff``: where the tables of a running hub are not what the models of its modules say."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...database import DatabaseUrl, connect, parse_url, schema_of, search_in
from ...migrations import Difference, live_differences
from ...planning import ModuleState, RecordedModule
from ...registry import recorded
from ...settings import HubSettings
from ..owning import table_owners
from ..recorded_state import registry_connection
from .schema_modules import CORE, OnDisk, SchemaModule, SchemaUnavailable, on_disk


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDifferences:
    """One module and where its tables differ."""

    module: str
    differences: tuple[Difference, ...]


def schema_diff(settings: HubSettings, name: str | None = None) -> tuple[ModuleDifferences, ...]:
    """Compare the core and each enabled module, or ``name`` alone. Changes nothing.

    :raises NeverBroughtUp: where the database holds nothing of the hub.
    :raises SchemaUnavailable: for a module that is not enabled, or cannot run.
    """
    url, disk = parse_url(settings.effective_database_url), on_disk(settings)
    with registry_connection(settings) as connection:
        rows = recorded(connection)
    enabled = [each for each in disk.resolution.order if each in rows and rows[each].state is ModuleState.ENABLED]
    if name is not None and name not in (CORE, *enabled):
        raise _not_enabled(name, rows, enabled)
    chosen = [CORE, *enabled] if name is None else [name]
    return tuple(_compared(url, disk, rows, disk.load(each)) for each in chosen)


def _compared(
    url: DatabaseUrl, disk: OnDisk, rows: Mapping[str, RecordedModule], module: SchemaModule
) -> ModuleDifferences:
    row = rows.get(module.name)
    with connect(url, read_only=True) as connection:
        owned = module.owned(table_owners(connection, disk.catalog, rows))
        if row is not None and row.placement == "schema":
            search_in(connection, [schema_of(module.name)])
        differences = live_differences(connection, url, module.metadata, owned)
    return ModuleDifferences(module=module.name, differences=differences)


def _not_enabled(name: str, rows: Mapping[str, RecordedModule], enabled: list[str]) -> SchemaUnavailable:
    known = ", ".join(enabled) or "none"
    why = (
        "it is enabled and cannot run"
        if name in rows and rows[name].state is ModuleState.ENABLED
        else "it is not enabled"
    )
    return SchemaUnavailable(name, f"{why}; enabled and able to run are: {known}", f"See why: hub show {name}")
