"""Take the data of a module back to what an older release reads: by its revisions, or from a recovery point.

It happens in the environment that still has the newer release, for only that has the revisions that lead back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from ..catalog import Catalog, FoundModule, heads_of
from ..database import DatabaseUrl, PostgresqlTables, SqliteTables, TableContent, TableOwners, connect
from ..errors import HubError
from ..migrations import Inside, MigrationSource, chain, downgrade
from ..planning import RecordedModule, Step, is_older
from ..registry import note_migration, note_step, operations, record, steps_of
from ..settings import HubSettings
from .backups.backup import Backups, OnBackup
from .backups.reading import Kept, in_backup, read_backup
from .backups.remaking import remade, restore_seeds
from .backups.writing import data_tables, tables_at
from .carrying import OnRevision
from .dropping import hold
from .seeds.seeding import forget_what_went

_MARK: Final = "safe_downgrade = True"


class DowngradeRefused(HubError):
    """The data of a module cannot be taken back to an older release; nothing was changed."""

    code = "downgrade_refused"

    def __init__(self, module: str, version: str, cause: str, remedy: str) -> None:
        super().__init__(f"{module} cannot go back to {version}; nothing was changed", cause=cause, remedy=remedy)
        self.module = module


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowering:
    """One module on its way back; ``revisions`` are those that are taken back, the newest first.

    ``kept`` is the recovery point that its rows come from, where the revisions would lose something; ``at`` is when that was
    made and ``lost`` says what differs now, table by table. ``is_empty``: they would, but there is no row.
    """

    row: RecordedModule
    after: RecordedModule
    revisions: tuple[str, ...] = ()
    kept: Kept | None = None
    at: datetime | None = None
    lost: tuple[str, ...] = ()
    is_empty: bool = False
    source: MigrationSource | None = None

    @property
    def step(self) -> Step:
        """What a person agrees to."""
        name, impact = self.row.name, []
        if self.kept is not None:
            impact = [
                f"takes back {', '.join(self.revisions)}, which would lose data: its rows come from {self.kept.path}",
                f"what was written since {self.at:%Y-%m-%d %H:%M:%SZ} is lost; a backup of it is made first",
                *self.lost,
            ]
        elif self.is_empty:
            impact = [f"takes back {', '.join(self.revisions)}; there are no rows that could be lost"]
        elif self.revisions:
            impact = [f"takes back {', '.join(self.revisions)}, each of which is marked safe"]
        else:
            impact = ["its tables stay as they are"]
        text = f"downgrade {name} from {self.row.version} to {self.after.version}"
        return Step(kind="downgrade", module=name, text=text, impact=tuple(impact))

    def carry_out(
        self,
        url: DatabaseUrl,
        settings: HubSettings,
        owners: TableOwners,
        on_revision: OnRevision,
        on_backup: OnBackup,
        *,
        operation: str,
    ) -> None:
        """Take the tables back and record it, in one transaction; what is there now is backed up before."""
        write_down = partial(self._write_down, operation=operation)
        keep = partial(self._backup, url, settings, owners, on_backup)
        source, target = self.source, self.after.revision
        if not self.revisions or source is None:
            with connect(url) as connection, connection.begin():
                write_down(connection, None)
        elif self.kept is None:
            by = _Watched(self, owners, partial(write_down, backup=keep()))
            inside = Inside(before={"looking at what is there": by.look}, record=by.write_down)
            downgrade(url, source, target=target, owners=owners, on_revision=on_revision, inside=inside)
        else:
            backup: list[Path | None] = []
            with remade(
                url, source, owners, self.row, target, self.kept, keep=lambda: backup.append(keep())
            ) as connection:
                restore_seeds(connection, self.kept.content)
                note_migration(
                    connection,
                    module=self.row.name,
                    before=self.row.revision,
                    after=target,
                    duration_ms=0,
                    checksum=None,
                    outcome="restored",
                )
                write_down(connection, *backup)

    def _backup(self, url: DatabaseUrl, settings: HubSettings, owners: TableOwners, on_backup: OnBackup) -> Path | None:
        in_use = [self.kept.path] if self.kept else []
        return Backups(url, settings, on_backup, in_use=in_use).before(self.row, owners, asked=True)

    def _write_down(self, connection: Connection, backup: Path | None, *, operation: str) -> None:
        if self.source is not None and self.kept is None:
            forget_what_went(connection, self.source)
        record(connection, self.after)
        note_step(
            connection,
            operation,
            kind="downgrade",
            module=self.row.name,
            text=self.step.text,
            before=self.row,
            backup=str(backup) if backup else None,
        )


class _Watched:
    """Whether the revisions that are taken back lose what they say that they do not, or what was not there before."""

    def __init__(self, lowering: Lowering, owners: TableOwners, then: Callable[[Connection], None]) -> None:
        self._lowering, self._row, self._owners, self._then = lowering, lowering.row, owners, then
        self._before: Mapping[str, frozenset[str]] = {}

    def look(self, connection: Connection) -> None:
        """Ahead of the first of them; where there were no rows, nobody writes any from now on.

        :raises DowngradeRefused: when there are some by now.
        """
        if self._lowering.is_empty:
            hold(connection, [self._row], self._owners)
        self._before = self._columns(connection)
        if self._lowering.is_empty and self._before:
            raise self._refused(f"rows were written into {', '.join(sorted(self._before))} meanwhile", "Run it again")

    def write_down(self, connection: Connection) -> None:
        """Behind the last of them.

        :raises DowngradeRefused: naming the tables and columns that went with what was in them.
        """
        after = self._columns(connection, with_rows=False)
        gone = [
            name if name not in after else f"{name}.{column}"
            for name, columns in sorted(self._before.items())
            for column in (sorted(columns - after[name]) if name in after else [""])
        ]
        if gone:
            one = len(self._lowering.revisions) == 1
            raise self._refused(
                f"{', '.join(self._lowering.revisions)} {'says' if one else 'say'} {_MARK}, and would drop "
                f"{', '.join(gone)} with what is written there",
                _all_the_same(self._row.name, self._lowering.after.revision),
            )
        self._then(connection)

    def _columns(self, connection: Connection, *, with_rows: bool = True) -> dict[str, frozenset[str]]:
        tables = tables_at(connection, self._row)
        return {
            name: frozenset(tables.columns(name))
            for name in data_tables(self._row, self._owners, tables.names())
            if not with_rows or tables.has_rows(name)
        }

    def _refused(self, cause: str, remedy: str) -> DowngradeRefused:
        return DowngradeRefused(self._row.name, self._lowering.after.version, cause, remedy)


def lowerings(
    connection: Connection,
    there: Catalog,
    rows: Mapping[str, RecordedModule],
    owners: TableOwners,
    source_of: Callable[[RecordedModule], MigrationSource],
) -> tuple[Lowering, ...]:
    """How each module goes back that is older in another environment.

    :param there: what is installed in that environment.
    :param source_of: the revisions of a module as it is here.
    :raises DowngradeRefused: when one cannot, or another one would be upgraded.
    """
    found = []
    for module in there.modules:
        row = rows.get(module.name)
        if row is None or module.version is None or row.version == str(module.version):
            continue
        if not is_older(module, row):
            raise DowngradeRefused(
                module.name, row.version, f"it would move to {module.version}", "Upgrade it first: hub upgrade"
            )
        found.append(_lowering(connection, module, row, owners, source_of(row)))
    return tuple(found)


def _lowering(
    connection: Connection,
    module: FoundModule,
    row: RecordedModule,
    owners: TableOwners,
    source: MigrationSource,
) -> Lowering:
    heads = heads_of(module.revisions)
    target = heads[0].id if heads else None
    version = str(module.version)
    after = replace(row, version=version, hash=module.hash, distribution=module.distribution, revision=target)
    if target == row.revision:
        return Lowering(row=row, after=after)
    revisions = {each.id: each for each in chain(source)} if source.folder.is_dir() else {}
    if target is None or target not in revisions:
        raise DowngradeRefused(
            row.name,
            version,
            f"its tables are at {row.revision}, and no revision here leads from there to {target or 'what it reads'}",
            "Go back to a release whose newest revision is among those of the release that runs",
        )
    ahead = _behind(source, target)
    gone = tuple(name for name in reversed(ahead) if name not in _behind(source, row.revision))
    unsafe = [name for name in gone if not revisions[name].safe_downgrade]
    if not unsafe or not _has_rows(connection, row, owners):
        return Lowering(row=row, after=after, revisions=gone, is_empty=bool(unsafe), source=source)
    if (point := _recovery_point(connection, row, target)) is None:
        raise DowngradeRefused(
            row.name,
            version,
            f"{', '.join(unsafe)} would lose data ({_MARK} is not in them), and no backup at {target} is kept",
            _all_the_same(row.name, target),
        )
    kept, at = point
    return Lowering(
        row=row, after=after, revisions=gone, kept=kept, at=at, lost=_lost(connection, row, owners, kept), source=source
    )


def _all_the_same(module: str, target: str | None) -> str:
    return f"hub migrate {module} --to {target} takes them back all the same; what they added is dropped with its data"


def _has_rows(connection: Connection, row: RecordedModule, owners: TableOwners) -> bool:
    tables = tables_at(connection, row)
    return any(tables.count(name) for name in data_tables(row, owners, tables.names()))


def _behind(source: MigrationSource, at: str | None) -> tuple[str, ...]:
    """The revisions of one chain that run behind ``at``, in their order."""
    order: list[str] = []
    follows = {each.follows[0] if each.follows else None: each.id for each in chain(source)}
    while (at := follows.get(at)) is not None:
        order.append(at)
    return tuple(order)


def _recovery_point(connection: Connection, row: RecordedModule, revision: str) -> tuple[Kept, datetime] | None:
    """The latest backup that an operation made of the module at this revision since it was installed, and that can be read."""
    for operation in reversed(operations(connection, module=row.name)):
        for step in steps_of(connection, operation.id):
            if step.module == row.name and step.kind == "install" and step.before is None:
                return None  # what is older is of an earlier life of the module
            if step.module != row.name or step.backup is None or step.before is None:
                continue
            if step.before.revision != revision:
                continue
            try:
                content = read_backup(Path(step.backup))
            except HubError:
                continue
            if row.name in content.modules:
                return in_backup(Path(step.backup), content, row.name), content.at
    return None


def _lost(connection: Connection, row: RecordedModule, owners: TableOwners, kept: Kept) -> tuple[str, ...]:
    """How many rows each table has now, and had then, whether they differ, and the columns that go with what is in them."""
    tables = tables_at(connection, row)
    now = {name: tables.columns(name) for name in data_tables(row, owners, tables.names())}
    then = {table.name: table for table in kept.content.tables}
    return tuple(_differing(name, tables, now.get(name, ()), then.get(name)) for name in sorted({*now, *then}))


def _differing(
    name: str, tables: SqliteTables | PostgresqlTables, columns: Sequence[str], then: TableContent | None
) -> str:
    count = tables.count(name) if columns else 0
    told = f"{name}: {count:,} row{'' if count == 1 else 's'} now, {then.rows if then else 0:,} then"
    if then is None:
        return f"{told}; the table goes"
    if gone := [column for column in columns if column not in then.columns]:
        goes, them = ("goes", "it") if len(gone) == 1 else ("go", "them")
        told += f"; {', '.join(gone)} {goes} with what is in {them}"
    is_comparable = count == then.rows and {*then.columns} <= {*columns}
    if is_comparable and tables.content(name, then.columns).sha256 != then.sha256:
        told += "; rows are others than then"
    return told
