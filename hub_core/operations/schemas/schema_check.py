"""``hub schema check``: everything to be said against the revisions of modules before they are released."""

from collections.abc import Iterator
from hashlib import sha256

from ...catalog import read_revisions
from ...database import DatabaseMissing, connect, parse_url
from ...loading import ModuleFailed
from ...migrations import LintFinding, examine
from ...registry import MigrationRow, history, is_prepared
from ...settings import HubSettings
from .schema_modules import CORE, OnDisk, SchemaModule, on_disk


def schema_check(
    settings: HubSettings, name: str | None = None, *, since: str | None = None
) -> tuple[tuple[str, ...], tuple[LintFinding, ...]]:
    """Examine the core and every module that can run, or ``name`` alone: their names, and the findings.

    :param since: a revision of ``name``; only those after it are linted.
    :raises SchemaUnavailable: when ``name`` is not installed or cannot run.
    """
    disk = on_disk(settings)
    findings = [
        _refused(module, reason.code, reason.text, reason.remedy)
        for module, reason in disk.refused()
        if name in (None, module)
    ]
    chosen = [CORE, *disk.resolution.order] if name is None else [name]
    if findings and name is not None:
        return (name,), tuple(findings)
    ran = _ran(settings)
    for each in chosen:
        findings += _of(settings, disk, each, ran, since)
    return tuple(chosen), tuple(findings)


def _of(
    settings: HubSettings, disk: OnDisk, name: str, ran: tuple[MigrationRow, ...], since: str | None
) -> list[LintFinding]:
    try:
        module = disk.load(name)
    except ModuleFailed as error:
        return [_refused(name, error.code, f"{error.problem}: {error.cause}", error.remedy)]
    url = parse_url(settings.effective_database_url)
    findings = examine(url, module.source, module.metadata, module.owned(disk.owners), since=since)
    return [*findings, *_changed(module, ran)]


def _changed(module: SchemaModule, ran: tuple[MigrationRow, ...]) -> Iterator[LintFinding]:
    """Revision files that are not what ran in this database."""
    revisions, _ = read_revisions(module.source.folder)
    for revision in revisions:
        before = next(iter(revision.follows), None)
        rows = [row for row in ran if (row.module, row.before, row.after) == (module.name, before, revision.id)]
        checksums = [row.checksum for row in rows if row.outcome == "done" and row.checksum]
        if checksums and checksums[-1] != sha256(revision.path.read_bytes()).hexdigest():
            yield LintFinding(
                level="warning",
                code="revision_changed",
                module=module.name,
                file=revision.path.name,
                text=f"it was changed after it ran in this database, on {rows[-1].at:%Y-%m-%d}: the database has what it did then",
                remedy="Put back what was released, and write what is new into a revision of its own",
            )


def _ran(settings: HubSettings) -> tuple[MigrationRow, ...]:
    """The journal, where there is a database with one."""
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            return history(connection) if is_prepared(connection) else ()
    except DatabaseMissing:
        return ()


def _refused(module: str, code: str, text: str, remedy: str) -> LintFinding:
    return LintFinding(level="error", code=code, module=module, file="migrations/versions", text=text, remedy=remedy)
