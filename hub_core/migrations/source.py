"""Where a module's revisions lie, and the newest of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..catalog import Revision, chain_faults, heads_of, read_revisions
from ..database import schema_of
from ..errors import HubError
from ..planning import Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSource:
    """Where a module's revisions lie, what its tables are called, and whether they have a schema of their own."""

    module: str
    folder: Path
    table_prefix: str
    placement: Placement = "shared"

    @property
    def version_table(self) -> str:
        """The table that says which revision the module's tables are at."""
        return f"{self.table_prefix}alembic_version"

    @property
    def schema(self) -> str | None:
        """The schema of its own, if it has one."""
        return schema_of(self.module) if self.placement == "schema" else None


class MigrationsInvalid(HubError):
    """A module's revision files do not make one chain; ``faults`` names each with its files."""

    code = "migrations_invalid"

    def __init__(self, source: MigrationSource, faults: Iterable[str]) -> None:
        self.module, self.faults = source.module, tuple(faults)
        super().__init__(
            f"the migrations of {source.module} are not one chain",
            cause="; ".join(self.faults),
            remedy=f"Install a release of {source.module} whose revisions follow one another, or correct {source.folder}",
        )


def chain(source: MigrationSource) -> tuple[Revision, ...]:
    """Every revision of ``source``; :class:`MigrationsInvalid` when they are not one chain or a file cannot be read."""
    revisions, unreadable = read_revisions(source.folder)
    if faults := unreadable or chain_faults(revisions):
        raise MigrationsInvalid(source, faults)
    return revisions


def heads(source: MigrationSource) -> tuple[str, ...]:
    """The newest revision of the chain; empty for a folder without revisions.

    :raises MigrationsInvalid: for several heads, an id that occurs twice, a missing predecessor, an unreadable file.
    """
    return tuple(revision.id for revision in heads_of(chain(source)))
