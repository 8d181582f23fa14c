"""Try a module's revisions where nothing matters: what each does, whether its way back leads back, what they make."""

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import SQLAlchemyError

from ...catalog import Revision
from ...containment import is_contained
from ...database import DatabaseUrl
from ..source import MigrationSource, chain, heads
from .comparing import Difference, compare
from .declared_tables import Declared, declared, differences_elsewhere, merged, with_labels
from .dialects import KINDS
from .enumerations import Enumerations, enumerations, labels_after_statements
from .model_faults import ModelsRefused, refuse_types_missing
from .reflected import fill_gaps
from .scratch_database import scratch
from .table_snapshot import Snapshot, snapshot, table_names

if TYPE_CHECKING:
    from .recording import Operation

Owned = Callable[[str], bool]
"""Whether a table is one of the module's own; says no to its version table."""
WayBack = Literal["works", "missing", "raises", "differs", "not tried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One revision: the tables before and after it, what it did, and how its way back went.

    ``failure`` is what it raised; nothing after it was tried. ``strangers`` are tables it made that are not its module's.
    """

    revision: Revision
    before: Snapshot
    after: Snapshot
    operations: Sequence["Operation"]
    failure: str | None = None
    way_back: WayBack = "not tried"
    way_back_told: str = ""
    left: tuple[Difference, ...] = ()
    strangers: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    enums_before: Enumerations = field(default_factory=Enumerations)
    enums_after: Enumerations = field(default_factory=Enumerations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All revisions of a module, in the order they run; ``made`` is what they make, as the database says and as declared."""

    revisions: tuple[Tried, ...] = ()
    made: Snapshot = field(default_factory=Snapshot)
    tables: Declared = field(default_factory=Declared)

    @property
    def failure(self) -> Tried | None:
        """The revision that raised, if one did."""
        return next((each for each in self.revisions if each.failure is not None), None)


def owned_tables_in(metadata: MetaData | None, owned: Owned) -> list[str]:
    """The module's own tables among those its models declare."""
    return [] if metadata is None else [name for name in metadata.tables if owned(name)]


def wanted_tables(url: DatabaseUrl, metadata: MetaData | None, owned: Owned) -> Snapshot:
    """What the models say the tables are: made in a scratch database, and read from there.

    :raises TypeNotEverywhere: when this kind of database does not have one of their types.
    :raises ModelsRefused: when they cannot be made.
    """
    names = owned_tables_in(metadata, owned)
    if metadata is None or not names:
        return Snapshot()
    refuse_types_missing(declared(metadata, names), (url.kind,))
    with scratch(url) as connection:
        try:
            metadata.create_all(connection, [metadata.tables[name] for name in names])
        except SQLAlchemyError as error:
            raise ModelsRefused(url.kind, error) from error
        return snapshot(connection, names)


def try_revisions(url: DatabaseUrl, source: MigrationSource, owned: Owned, *, back: bool) -> Trial:
    """Run every revision of a module in a scratch database; with ``back`` also the way back of each, and forward again.

    :raises MigrationsInvalid: when they do not make one chain.
    """
    revisions = {revision.id: revision for revision in chain(source)}
    if not revisions:
        return Trial()
    # here, because importing Alembic takes 0.3 s
    from ..alembic_run import steps_between
    from .recording import Record

    steps = steps_between(source, None, heads(source)[0], back=False)
    record, tried = Record(), []
    with scratch(url) as connection:
        for step in steps:
            trying = _Trying(connection, source, owned, revisions[step.revision.revision])
            tried.append(trying.take(step, record, back=back))
            if tried[-1].failure is not None:
                return Trial(revisions=tuple(tried), tables=record.tables)
        made = snapshot(connection, _own(connection, owned))
        fill_gaps(connection, record.tables, made)
    with_labels(record.tables, made.enums)
    return Trial(revisions=tuple(tried), made=made, tables=record.tables)


def model_differences(
    url: DatabaseUrl, trial: Trial, metadata: MetaData | None, owned: Owned
) -> tuple[tuple[Difference, ...], Declared]:
    """Where what the revisions make differs from what the models say, on either kind of database; and the models' tables.

    :raises TypeNotEverywhere: when one of the kinds does not have a type of the models.
    :raises ModelsRefused: when their tables cannot be made.
    """
    models = declared(metadata, owned_tables_in(metadata, owned))
    refuse_types_missing(models, KINDS)
    here = compare(trial.made, wanted_tables(url, metadata, owned))
    return merged(here, differences_elsewhere(trial.tables, models, url.kind)), models


class _Trying:
    def __init__(self, connection: Connection, source: MigrationSource, owned: Owned, revision: Revision) -> None:
        self._connection, self._source, self._owned, self._revision = connection, source, owned, revision

    def take(self, step: Any, record: Any, *, back: bool) -> Tried:
        """Run one revision forward, and perhaps back and forward again."""
        from .recording import Record

        before = self._snapshot()
        enums = enumerations(record.tables, before)
        known = set(table_names(self._connection))
        number = len(record.operations)
        failure = self._run((step,), record)
        goes_back, accepts = _marks(self._revision)
        values: dict[str, Any] = {"revision": self._revision, "before": before, "accepts": accepts}
        if failure is not None:
            return Tried(after=before, operations=record.operations[number:], failure=failure, **values)
        new = set(table_names(self._connection)) - known - {self._source.version_table}
        values |= {"after": self._snapshot(), "operations": record.operations[number:]}
        values |= {"enums_before": enums, "enums_after": self._enumerations(record, values["after"])}
        values["strangers"] = tuple(sorted(name for name in new if not self._owned(name)))
        if goes_back:
            if back:
                values |= self._back(before, values["after"], Record())
        elif values["operations"]:
            values["way_back"] = "missing"
        return Tried(**values)

    def _enumerations(self, record: Any, after: Snapshot) -> Enumerations:
        """Those after the revision, whose labels the next one begins with."""
        declares = enumerations(record.tables, Snapshot())
        labels = {**labels_after_statements(self._revision.path, declares.labels), **after.enums}
        with_labels(record.tables, labels)
        return replace(declares, labels=labels)

    def _back(self, before: Snapshot, after: Snapshot, record: Any) -> dict[str, Any]:
        from ..alembic_run import steps_between

        identifier, follows = self._revision.id, next(iter(self._revision.follows), None)
        if len(self._revision.follows) > 1:
            return {}
        tried = self._connection.begin_nested()
        try:
            if failure := self._run(steps_between(self._source, identifier, follows, back=True), record):
                return {"way_back": "raises", "way_back_told": failure}
            left = compare(self._snapshot(), before)
            if not left:
                again = self._run(steps_between(self._source, follows, identifier, back=False), record)
                if again is not None:
                    return {"way_back": "raises", "way_back_told": f"forward again: {again}"}
                left = compare(self._snapshot(), after)
            return {"way_back": "differs" if left else "works", "left": left}
        finally:
            tried.rollback()

    def _run(self, steps: Any, record: Any) -> str | None:
        from .recording import run_recorded

        try:
            with self._connection.begin_nested():
                run_recorded(self._connection, self._source, steps, record)
        except BaseException as error:
            if not is_contained(error):
                raise
            return f"{type(error).__name__}: {' '.join(str(getattr(error, 'orig', None) or error).split())}"
        return None

    def _snapshot(self) -> Snapshot:
        return snapshot(self._connection, _own(self._connection, self._owned))


def _own(connection: Connection, owned: Owned) -> list[str]:
    return [name for name in table_names(connection) if owned(name)]


def _marks(revision: Revision) -> tuple[bool, tuple[str, ...]]:
    """What the text of the file says: whether there is a way back, and which findings its author accepts."""
    tree = ast.parse(revision.path.read_bytes())
    accepts: Iterable[str] = ()
    goes_back = False
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="accepts")], value=value):
                accepts = ast.literal_eval(value)
            case ast.FunctionDef(name="downgrade", body=body):
                goes_back = not all(
                    isinstance(each, ast.Pass | ast.Raise | ast.Expr) and _is_nothing(each) for each in body
                )
    return goes_back, tuple(accepts)


def _is_nothing(statement: ast.stmt) -> bool:
    return not isinstance(statement, ast.Expr) or isinstance(statement.value, ast.Constant)
