"""What is removed with a module: its tables and what is recorded of it, in the transaction that commits its removal.

Until that transaction everything of the module is there, so that nothing has to be made again when the removal fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from ..catalog import FoundModule
from ..database import DatabaseUrl, TableOwners, connect
from ..planning import DATA_KEPT, DesiredModule, RecordedModule, Step
from ..registry import forget_failure, forget_module, history, note_migration, note_step
from ..settings import HubSettings
from .backups.archiving import archived_module
from .backups.backup import Backups, OnBackup, has_data
from .backups.writing import data_tables, tables_at
from .dropping import drop_tables, hold

Data = Literal["keep", "archive", "purge"]
"""What becomes of a module's rows when it leaves: they stay, are put into a file, or go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One module that leaves; ``rows`` counts those of each of its tables, without the one that keeps its revision.

    ``history`` counts its migrations, ``settings`` what hub.toml or somebody else sets of it.
    """

    row: RecordedModule
    rows: Mapping[str, int] = field(default_factory=dict)
    history: int = 0
    settings: int = 0
    found: FoundModule | None = None

    @property
    def has_rows(self) -> bool:
        """Whether anything is lost with its tables."""
        return any(self.rows.values())

    @property
    def counted(self) -> str:
        """Its tables and rows, in words."""
        tables, rows = len(self.rows), sum(self.rows.values())
        return (
            f"{tables} table{'' if tables == 1 else 's'} of {self.row.name} with {rows:,} row{'' if rows == 1 else 's'}"
        )


def looked_at(
    connection: Connection,
    names: Sequence[str],
    recorded: Mapping[str, RecordedModule],
    owners: TableOwners,
    found: Mapping[str, FoundModule],
    wishes: Mapping[str, DesiredModule],
) -> tuple[Removed, ...]:
    """What there is of each module of ``names`` that anything is recorded of, in that order."""
    removed = []
    for name in names:
        if (row := recorded.get(name)) is None:
            continue
        tables = tables_at(connection, row)
        counts = {table: tables.count(table) for table in data_tables(row, owners, tables.names())}
        settings = len(wishes[name].settings) if name in wishes else 0
        removed.append(
            Removed(
                row=row,
                rows=counts,
                history=len(history(connection, name)),
                settings=settings,
                found=found.get(name),
            )
        )
    return tuple(removed)


def _step(removed: Removed, data: Data, *, backup: bool) -> Step:
    name = removed.row.name
    impact = [f"{table}: {rows:,} row{'' if rows == 1 else 's'}" for table, rows in sorted(removed.rows.items())]
    match data:
        case _ if removed.row.revision is None and not removed.rows:
            words = "it has no tables"
        case "keep":
            words = f"keep {removed.counted}"
            impact.append("installed again it goes on with them; hub uninstall --purge removes them later")
        case _ if not removed.has_rows:
            words = f"drop {removed.counted}"
            impact.append("there are no rows to keep elsewhere")
        case "archive":
            words = f"put {removed.counted} into an archive, then drop them"
            impact.append("hub restore brings them back from the file, once the module is installed again")
        case "purge":
            words = f"drop {removed.counted}"
            impact.append("a backup is made first" if backup else "no backup is made: nothing brings them back")
    manifest = removed.found.manifest if removed.found else None
    gone = _counts(
        permission=len(manifest.permissions) if manifest else 0,
        setting=0 if data == "keep" else removed.settings,
        menu=len(manifest.menus) if manifest else 0,
    )
    impact += [f"takes {gone} along"] if gone else []
    if data == "keep" and removed.settings:
        impact.append(f"hub.toml keeps {_counts(setting=removed.settings)} of it")
    if removed.history:
        impact.append(f"the history keeps {_counts(migration=removed.history)} of it")
    return Step(
        kind="uninstall", module=name, text=f"uninstall {name} {removed.row.version}: {words}", impact=tuple(impact)
    )


def _counts(**counts: int) -> str:
    nouns = {"menu": ("menu entry", "menu entries")}
    told = [f"{count} {nouns.get(noun, (noun, f'{noun}s'))[count != 1]}" for noun, count in counts.items() if count]
    return " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """How modules leave, decided: what becomes of their data, whether it is backed up before it goes."""

    removed: tuple[Removed, ...]
    data: Data
    backup: bool

    @property
    def steps(self) -> tuple[Step, ...]:
        """One for each module, with what goes and what stays."""
        return tuple(_step(each, self.data, backup=self.backup) for each in self.removed)

    def told(self, step: Step) -> Step:
        """A step before the removal, which keeps no data that the removal drops."""
        if self.data == "keep" or step.module not in {each.row.name for each in self.removed}:
            return step
        return replace(step, impact=tuple(line for line in step.impact if line != DATA_KEPT))

    @contextmanager
    def committing(
        self,
        url: DatabaseUrl,
        settings: HubSettings,
        owners: TableOwners,
        on_backup: OnBackup,
        *,
        operation: str,
    ) -> Iterator[Connection]:
        """Yield the transaction in which they are gone; it commits with the block.

        Nobody writes into their tables from the moment that they are copied.

        :raises BackupFailed: when the copy could not be written; nothing is gone.
        """
        with connect(url, foreign_keys=False) as connection, connection.begin():
            hold(connection, [each.row for each in self.removed], owners)
            kept = self._kept(url, settings, owners, on_backup)
            for each in self.removed:
                if self.data != "keep":
                    _drop(connection, each.row, owners)
                step, file = _step(each, self.data, backup=self.backup), kept.get(each.row.name)
                note_step(
                    connection,
                    operation,
                    kind=step.kind,
                    module=step.module,
                    text=step.text,
                    before=each.row,
                    backup=str(file) if file else None,
                )
            yield connection

    def _kept(
        self, url: DatabaseUrl, settings: HubSettings, owners: TableOwners, on_backup: OnBackup
    ) -> Mapping[str, Path | None]:
        if self.data == "keep" or (self.data == "purge" and not self.backup):
            return {}
        if self.data == "purge":
            backups = Backups(url, settings, on_backup)
            way = "with --no-backup none is made"
            return {each.row.name: backups.before(each.row, owners, asked=True, without=way) for each in self.removed}
        kept: dict[str, Path | None] = {}
        for each in self.removed:
            if has_data(url, each.row, owners):
                made = archived_module(url, settings, each.row)
                on_backup(made)
                kept[each.row.name] = made.path
        return kept


def _drop(connection: Connection, row: RecordedModule, owners: TableOwners) -> None:
    drop_tables(connection, row, owners)
    forget_module(connection, row.name)
    forget_failure(connection, row.name)
    if row.revision is not None:
        note_migration(
            connection,
            module=row.name,
            before=row.revision,
            after=None,
            duration_ms=0,
            checksum=None,
            outcome="dropped",
        )
