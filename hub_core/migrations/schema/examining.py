"""Examine the revisions of a module: one chain, one result with the models, a way back, and nothing that breaks others."""

from sqlalchemy import Connection, MetaData

from ...database import DatabaseUrl
from ..source import MigrationsInvalid, MigrationSource
from .comparing import Difference, compare
from .declared_tables import declared
from .difference_words import difference_text
from .model_faults import ModelsRefused, TypeNotEverywhere
from .revision_lint import LintFinding, lint
from .table_snapshot import snapshot, table_names
from .trying import Owned, model_differences, try_revisions, wanted_tables


def live_differences(
    connection: Connection, url: DatabaseUrl, metadata: MetaData | None, owned: Owned
) -> tuple[Difference, ...]:
    """Where the tables that ``connection`` sees differ from the models; those that are not ``owned`` are not looked at."""
    found = snapshot(connection, [name for name in table_names(connection) if owned(name)])
    return compare(found, wanted_tables(url, metadata, owned))


def examine(
    url: DatabaseUrl, source: MigrationSource, metadata: MetaData | None, owned: Owned, *, since: str | None = None
) -> tuple[LintFinding, ...]:
    """Everything to be said against the revisions of a module, or against those that come after ``since``.

    Nothing of the database changes: the revisions run in a scratch database of the kind of ``url``.
    """
    try:
        trial = try_revisions(url, source, owned, back=True)
    except MigrationsInvalid as error:
        return tuple(_finding(source, error.code, fault, error.remedy) for fault in error.faults)
    chosen = [tried.revision.id for tried in trial.revisions]
    chosen = chosen[chosen.index(since) + 1 :] if since in chosen else chosen
    findings = [
        finding for tried in trial.revisions if tried.revision.id in chosen for finding in lint(source.module, tried)
    ]
    strangers = sorted(name for name in (metadata.tables if metadata is not None else ()) if not owned(name))
    for name in strangers:
        text = f"the models declare {name}, which is a table of another module"
        findings.append(
            _finding(source, "table_of_other", text, "Give it a name that begins with this module's prefix only")
        )
    for name in sorted(declared(metadata, metadata.tables).enums() if metadata is not None else ()):
        if not owned(name):
            text = f"the enumeration {name} is a type of its own on PostgreSQL, and not named as one of the module's"
            remedy = f'Name it: Enum(…, name="{source.table_prefix}{name}")'
            findings.append(_finding(source, "type_of_other", text, remedy))
    if trial.failure is None:
        try:
            differences, _ = model_differences(url, trial, metadata, owned)
        except (ModelsRefused, TypeNotEverywhere) as error:
            return (*findings, _finding(source, error.code, f"{error.problem}: {error.cause}", error.remedy))
        for each in differences:
            text = difference_text(each, found_in="what the revisions make")
            findings.append(_finding(source, "models_differ", text, f"Run hub schema revision {source.module} -m '…'"))
    return tuple(findings)


def _finding(source: MigrationSource, code: str, text: str, remedy: str) -> LintFinding:
    return LintFinding(
        level="error", code=code, module=source.module, file=source.folder.name, text=text, remedy=remedy
    )
