"""Whose tables ``hub schema`` looks at: a module's models, its revisions, and which tables are its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import MetaData

from ...catalog import VERSIONS, Catalog, FoundModule, Reason
from ...database import TableOwners
from ...errors import HubError
from ...loading import LoadedModule, load_within
from ...manifest import did_you_mean
from ...migrations import CORE_MIGRATIONS, MigrationSource
from ...registry import CORE_PREFIX, METADATA
from ...resolution import Resolution
from ...settings import HubSettings
from ..installed import installed_catalog
from ..resolving import resolved

CORE = "hub"
"""The name the core's own tables go by."""


class SchemaUnavailable(HubError):
    """The module whose tables are asked for cannot be loaded, so nobody knows what its models say."""

    code = "schema_unavailable"

    def __init__(self, name: str, why: str, remedy: str) -> None:
        super().__init__(f"the tables of {name} cannot be examined", cause=why, remedy=remedy)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaModule:
    """One module's models and revisions; the core, which is not found on disk as modules are, has no ``found``."""

    name: str
    metadata: MetaData | None
    source: MigrationSource
    found: FoundModule | None = None

    def owned(self, owners: TableOwners) -> Callable[[str], bool]:
        """Which tables are the module's own: what :meth:`TableOwners.owner` says, but for the one of Alembic's."""
        return lambda table: table != self.source.version_table and owners.owner(table) == self.name


def core() -> SchemaModule:
    """The core's own tables."""
    return SchemaModule(name=CORE, metadata=METADATA, source=CORE_MIGRATIONS)


def schema_module(loaded: LoadedModule) -> SchemaModule:
    """The models and revisions of a loaded module; where it has no revisions yet, where they would lie."""
    prefix = loaded.manifest.table_prefix
    folder = loaded.found.folder / VERSIONS
    source = loaded.migrations or MigrationSource(module=loaded.name, folder=folder, table_prefix=prefix)
    return SchemaModule(name=loaded.name, metadata=loaded.metadata, source=source, found=loaded.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """The modules of this environment as they could run together, whatever a database records."""

    catalog: Catalog
    resolution: Resolution
    settings: HubSettings

    @property
    def owners(self) -> TableOwners:
        """Whose a table is by prefix alone: a scratch database records nothing."""
        prefixes = {module.manifest.table_prefix: module.name for module in self.catalog.modules if module.manifest}
        return TableOwners(prefixes=prefixes | {CORE_PREFIX: CORE})

    def load(self, name: str) -> SchemaModule:
        """Load one module, or answer the core.

        :raises SchemaUnavailable: for one that is not installed or cannot run.
        :raises ModuleFailed: for one that raises.
        """
        if name == CORE:
            return core()
        found = self.resolution.modules.get(name)
        if found is None:
            raise self._unavailable(name)
        return schema_module(load_within(found, self.settings.areas, self.settings.start_seconds))

    def refused(self) -> Iterator[tuple[str, Reason]]:
        """What keeps modules from running that has to do with their revisions."""
        for name, reasons in self.resolution.reasons.items():
            yield from ((name, reason) for reason in reasons if reason.code in REVISION_REASONS)

    def _unavailable(self, name: str) -> SchemaUnavailable:
        reasons = self.resolution.reasons.get(name, ())
        if reasons:
            why = "; ".join(reason.text for reason in reasons)
            return SchemaUnavailable(name, why, reasons[0].remedy)
        known = [CORE, *(module.name for module in self.catalog.modules)]
        return SchemaUnavailable(
            name,
            f"no module of that name is installed{did_you_mean(name, known)}",
            "See `hub list` for the modules there are",
        )


REVISION_REASONS = ("migrations_invalid", "revision_clash", "branch_label_clash")
"""Codes of reasons that revision files are the cause of."""


def on_disk(settings: HubSettings) -> OnDisk:
    """Read what is installed; imports nothing yet."""
    catalog = installed_catalog(settings)
    return OnDisk(catalog=catalog, resolution=resolved(catalog, {}, None, settings.areas), settings=settings)
