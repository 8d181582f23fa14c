"""What the version tables say of each module's tables. They are the truth; the registry may have been passed by."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from ..migrations import MigrationSource, stamps
from ..planning import RecordedModule

Recorded = Mapping[str, RecordedModule]


def stamped(connection: Connection, recorded: Recorded) -> tuple[Recorded, tuple[str, ...]]:
    """``recorded`` with the revisions of the version tables, read in one query, and where these differ, in sentences."""
    at = stamps(connection, [source_of(row) for row in recorded.values() if row.revision is not None])
    passed_by = {name: revision for name, revision in sorted(at.items()) if revision != recorded[name].revision}
    drift = [
        f"{name}: its tables are at {revision or 'no revision'}, the registry says {recorded[name].revision}"
        for name, revision in passed_by.items()
    ]
    rows = {name: replace(recorded[name], revision=revision) for name, revision in passed_by.items()}
    return {**recorded, **rows}, tuple(drift)


def source_of(row: RecordedModule, folder: Path = Path()) -> MigrationSource:
    """Where a recorded module's tables are; of its revisions only if ``folder`` is given."""
    return MigrationSource(module=row.name, folder=folder, table_prefix=row.table_prefix, placement=row.placement)
