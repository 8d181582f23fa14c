"""Where a module's revisions lie, and the newest of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..catalog import Revision, chain_faults, heads_of, read_revisions
from ..errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSource:
    """Where a module's revisions lie, and the table that says which of them its tables are at."""

    module: str
    folder: Path
    version_table: str


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
