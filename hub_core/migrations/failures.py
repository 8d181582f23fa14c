"""How a migration ends that does not succeed."""

from ..errors import HubError
from .source import MigrationSource, chain


class MigrationFailed(HubError):
    """A module's migration raised. ``at`` is where its tables are now, ``revision`` or ``hook`` what raised, if any did."""

    code = "migration_failed"

    def __init__(
        self,
        source: MigrationSource,
        before: str | None,
        at: str | None,
        revision: str | None,
        *,
        hook: str | None = None,
        cause: str,
        remedy: str | None = None,
        in_doubt: bool = False,
    ) -> None:
        where = f"its tables are at {at}" if at else "it has no tables,"
        where += " as before" if at == before else f", before it was {before or 'nothing'}"
        what = f"the migration of {source.module} to {revision or 'its newest revision'}"
        otherwise = f"Correct the revision, or install a release of {source.module} that migrates"
        if hook:
            what = f"{hook} of {source.module}"
            otherwise = f"Correct {hook}, or install a release of {source.module} that works"
        super().__init__(
            f"{what} failed; " + ("whether it was committed is not known" if in_doubt else where),
            cause=cause,
            remedy=remedy or otherwise,
        )
        self.module, self.before, self.at, self.revision, self.hook = source.module, before, at, revision, hook


class SchemaNewer(HubError):
    """The tables are at a revision that the installed release does not have."""

    code = "schema_newer"

    def __init__(self, source: MigrationSource, at: str) -> None:
        super().__init__(
            f"the tables of {source.module} are at {at}, which the installed release does not have",
            cause=f"a newer release migrated them; {source.folder} holds no such revision",
            remedy=f"Install the release of {source.module} that has it, or a newer one",
        )
        self.module, self.at = source.module, at


class RevisionUnknown(HubError):
    """A module has no such revision."""

    code = "revision_unknown"

    def __init__(self, source: MigrationSource, revision: str) -> None:
        known = ", ".join(each.id for each in chain(source))
        super().__init__(
            f"{source.module} has no revision {revision!r}",
            cause=f"its revisions are {known}" if known else "it has no revisions",
            remedy="Name one of them, or base for the state before the first",
        )


class RowsOrphaned(Exception):
    """Rows refer to rows that the migration took away; told as the cause of :class:`MigrationFailed`."""
