"""What is recorded of modules and what is wanted of them. Each function works in the caller's transaction."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, inspect, select, text, update

from ..errors import HubError
from ..planning import Desired, DesiredModule, ModuleState, RecordedModule
from . import tables
from .loaded_data import loaded_digests


class CoreTablesDiffer(HubError):
    """The core's own tables are not those that this release reads; ``at`` is their revision."""

    code = "core_tables_differ"

    def __init__(self, at: str | None) -> None:
        self.is_newer = at is not None and at > tables.CORE_REVISION
        super().__init__(
            f"the hub's own tables are at {at or 'no revision'}, and this release reads {tables.CORE_REVISION}",
            cause="another release of hub-core migrated them",
            remedy="Run `hub up` or `hub migrate`, which migrates them"
            if not self.is_newer
            else "While another release of the hub is tried, wait for the end of that; when it was cut off, run `hub up`, "
            "which takes them back. Otherwise install the release of hub-core that migrated them, or a newer one",
        )
        self.at = at


def is_prepared(connection: Connection) -> bool:
    """Whether the core's own tables are there, as they are after the first ``hub up``.

    :raises CoreTablesDiffer: when they are, as another release left them.
    """
    if not inspect(connection).has_table(tables.modules.name):
        return False
    at = connection.scalar(text("SELECT version_num FROM hub_alembic_version"))
    if at != tables.CORE_REVISION:
        raise CoreTablesDiffer(at)
    return True


def recorded(connection: Connection) -> Mapping[str, RecordedModule]:
    """Every recorded module by name; empty in a database the hub has never migrated."""
    if not is_prepared(connection):
        return {}
    c = tables.modules.c
    columns = (c.name, c.distribution, c.version, c.hash, c.state, c.revision, c.table_prefix, c.placement)
    rows = connection.execute(select(*columns).order_by(c.name))
    digests = loaded_digests(connection)
    return {
        name: RecordedModule(
            name=name,
            distribution=distribution,
            version=version,
            hash=digest,
            state=ModuleState(state),
            revision=revision,
            table_prefix=table_prefix or f"{name}_",
            placement=placement,
            seed=digests.get(name, {}).get("seed", ""),
            demo=digests.get(name, {}).get("demo", ""),
        )
        for name, distribution, version, digest, state, revision, table_prefix, placement in rows
    }


def record(connection: Connection, module: RecordedModule) -> None:
    """Write down one module, in place of what was recorded of it."""
    values = {
        "distribution": module.distribution,
        "version": module.version,
        "hash": module.hash,
        "state": module.state.value,
        "revision": module.revision,
        "table_prefix": module.table_prefix,
        "placement": module.placement,
    }
    changed = connection.execute(update(tables.modules).where(tables.modules.c.name == module.name).values(values))
    if not changed.rowcount:
        connection.execute(insert(tables.modules).values(name=module.name, **values))


def forget_module(connection: Connection, name: str) -> None:
    """Record nothing of a module any more, as before it was installed; its tables are somebody else's affair."""
    for table in (tables.modules, tables.seeds, tables.owned_tables):
        column = table.c.name if table is tables.modules else table.c.module
        connection.execute(delete(table).where(column == name))


def desired(connection: Connection) -> Desired:
    """What is wanted, as last stored."""
    c = tables.wishes.c
    columns = (c.module, c.version, c.enabled, c.placement, c.demo, c.required, c.settings)
    return Desired(
        modules={
            module: DesiredModule(
                version=version, enabled=enabled, placement=placement, demo=demo, required=required, settings=settings
            )
            for module, version, enabled, placement, demo, required, settings in connection.execute(
                select(*columns).order_by(c.module)
            )
        }
    )


def store_desired(connection: Connection, wanted: Desired, document_text: str) -> None:
    """Store what is wanted and the text of hub.toml it was merged with, in place of both before."""
    connection.execute(delete(tables.wishes))
    connection.execute(delete(tables.documents))
    if wanted.modules:
        connection.execute(
            insert(tables.wishes),
            [
                {
                    "module": name,
                    "version": wish.version,
                    "enabled": wish.enabled,
                    "placement": wish.placement,
                    "demo": wish.demo,
                    "required": wish.required,
                    "settings": _as_json(wish.settings),
                }
                for name, wish in wanted.modules.items()
            ],
        )
    connection.execute(insert(tables.documents).values(id=1, text=document_text))


def store_document(connection: Connection, text: str) -> None:
    """Store ``text`` as the hub.toml that was applied, and leave what is wanted."""
    connection.execute(update(tables.documents).values(text=text))


def last_document(connection: Connection) -> str | None:
    """The text of hub.toml when it was last applied; ``None`` before the first time."""
    return connection.scalar(select(tables.documents.c.text))


def _as_json(settings: Mapping[str, Any]) -> Any:
    """Settings as JSON keeps them: TOML's dates and times become ISO 8601 texts, which pydantic reads as well."""
    return json.loads(json.dumps(dict(settings), default=lambda value: value.isoformat()))
