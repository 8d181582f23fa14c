"""What is to be said against a revision: what it destroys, what it breaks for workers of the release before, what it locks.

While a release is rolled out, workers of the one before still run on the new tables. A change that they do not survive
belongs into a later release: first expand (new things beside the old ones), then, when nobody uses the old, contract.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from .comparing import Difference, compare
from .difference_words import difference_text
from .table_snapshot import Snapshot
from .trying import Tried

if TYPE_CHECKING:
    from .recording import Operation

Level = Literal["error", "warning", "hint"]

_LATER: Final = "Do it in a later release, when no worker that still needs it runs"
_KEEP: Final = "Copy what is still needed first, and keep a backup"
_SQL: Final = re.compile(
    r"\b(DROP\s+(?!TYPE\b)\w+|DELETE\s+FROM|TRUNCATE|ALTER\s+TABLE\s+\S+\s+(?:DROP|RENAME))\b", re.IGNORECASE
)
"""A type goes only when no column has it; with CASCADE its columns go too, which comparing finds."""
_LENGTH: Final = re.compile(r"\((\d+)(?:,\s*(\d+))?\)")
_ADDED: Final = {
    "unique": "unique_added",
    "check": "check_added",
    "foreign_key": "foreign_key_added",
    "primary_key": "primary_key_changed",
}
_WIDER: Final = (
    ("SMALLINT", "INTEGER", "BIGINT", "NUMERIC"),
    ("CHARACTER VARYING", "VARCHAR", "TEXT"),
    ("REAL", "FLOAT", "DOUBLE PRECISION"),
    ("DATE", "DATETIME", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """One thing to know of a revision; ``accepted`` when its author wrote ``accepts = ("<code>",)`` into the file."""

    level: Level
    code: str
    module: str
    file: str
    text: str
    remedy: str
    accepted: bool = False

    def as_json(self) -> dict[str, str | bool]:
        """One of the findings of ``hub schema check --json``."""
        return {
            "level": self.level,
            "code": self.code,
            "module": self.module,
            "file": self.file,
            "text": self.text,
            "remedy": self.remedy,
            "accepted": self.accepted,
        }


Said = tuple[Level, str, str, str]
"""Level, code, text and remedy."""


def lint(module: str, tried: Tried) -> tuple[LintFinding, ...]:
    """Everything to be said against one revision, worst first."""
    said = list(
        dict.fromkeys([*_whole(tried), *_unsafe(tried), *_operations(tried), *_changes(tried), *_labels(tried)])
    )
    levels = ("error", "warning", "hint")
    return tuple(
        LintFinding(
            level=level,
            code=code,
            module=module,
            file=tried.revision.path.name,
            text=text,
            remedy=remedy,
            accepted=code in tried.accepts,
        )
        for level, code, text, remedy in sorted(said, key=lambda each: levels.index(each[0]))
    )


def _whole(tried: Tried) -> Iterator[Said]:
    if tried.failure is not None:
        yield "error", "revision_fails", f"it raises in an empty database: {tried.failure}", "Correct it"
    for name in tried.strangers:
        yield (
            "error",
            "table_of_other",
            f"it makes {name}, which is no table of the module",
            "Give it the module's prefix",
        )
    match tried.way_back:
        case "missing":
            yield "error", "downgrade_missing", "it has no way back", "Write downgrade()"
        case "raises":
            yield "error", "downgrade_fails", f"its way back fails: {tried.way_back_told}", "Correct downgrade()"
        case "differs":
            told = "; ".join(
                difference_text(each, found_in="what it leaves", wanted_by="what was") for each in tried.left
            )
            yield "error", "downgrade_differs", f"its way back does not lead back: {told}", "Correct downgrade()"


def _unsafe(tried: Tried) -> Iterator[Said]:
    """What a revision that says it is safe to take back would take with it."""
    if not tried.revision.safe_downgrade:
        return
    for each in compare(tried.before, tried.after):
        if each.kind == "table" and each.found is None:
            what = each.table
        elif each.kind == "column" and each.found is None:
            if tried.after.tables[each.table].columns[each.name].computed is not None:
                continue
            what = f"{each.table}.{each.name}"
        else:
            continue
        yield (
            "error",
            "downgrade_unsafe",
            f"it says safe_downgrade, and its way back drops {what} with whatever was written there",
            "Take safe_downgrade out: hub downgrade then takes the rows of the backup before",
        )


def _operations(tried: Tried) -> Iterator[Said]:
    for each in tried.operations:
        match each.kind:
            case "DropTable" if each.table in tried.before.tables:
                yield _drop_table(each.table)
            case "DropColumn" if _was(tried.before, each.table, each.name):
                yield _drop_column(each.table, each.name)
            case "RenameTable" if each.table in tried.before.tables:
                text = f"{each.table} is renamed {each.name}: workers of the release before look for the old name"
                yield "warning", "rename_table", text, f"Make the new table beside the old one. {_LATER}"
            case "AlterColumn" if each.text and _was(tried.before, each.table, each.name):
                text = (
                    f"{each.table}.{each.name} is renamed {each.text}: workers of the release before use the old name"
                )
                yield "warning", "rename_column", text, f"Add the new column beside the old one. {_LATER}"
            case "CreateIndex" if _locks(tried.before, each):
                text = f"PostgreSQL lets nobody write to {each.table} while it builds {each.name}"
                remedy = "For a large table: transactional = False in the file, and postgresql_concurrently=True for the index"
                yield "hint", "index_locks", text, remedy
            case "ExecuteSQL" if found := _SQL.search(each.text):
                text = f"it runs {' '.join(found[0].upper().split())} …, which nobody but its author can judge"
                yield "warning", "raw_sql", text, _KEEP


def _changes(tried: Tried) -> Iterator[Said]:
    """What differs between the tables before and after, whichever way it was done."""
    for each in compare(tried.before, tried.after):
        match each.kind:
            case "table" if each.wanted is None and not _renamed(tried, each.table):
                yield _drop_table(each.table)
            case "column":
                yield from _column(tried, each)
            case "type" if not _is_of_labels(tried, each):
                yield from _type(each)
            case "nullable" if each.wanted == "not null":
                text = (
                    f"{each.table}.{each.name} must not be null any more: workers of the release before may write NULL"
                )
                yield "warning", "not_null_added", text, f"Have a release write a value everywhere first. {_LATER}"
            case "default" if each.wanted is None and not tried.after.tables[each.table].columns[each.name].nullable:
                text = f"{each.table}.{each.name} has no default any more: workers of the release before may rely on it"
                yield "warning", "default_dropped", text, _LATER
            case "unique" | "check" | "foreign_key" | "primary_key" | "index":
                yield from _part(tried, each)


def _column(tried: Tried, each: Difference) -> Iterator[Said]:
    if each.wanted is None:
        if not _renamed(tried, each.table, each.name):
            yield _drop_column(each.table, each.name)
        return
    column = tried.after.tables[each.table].columns[each.name]
    if not column.nullable and column.default is None and column.computed is None and not _renamed_to(tried, each):
        text = f"{each.table}.{each.name} is new, must not be null and has no server default: workers of the release before cannot insert rows"
        yield "warning", "not_null_added", text, "Give it a server_default, or let it be null for one release"


def _type(each: Difference) -> Iterator[Said]:
    old, new = str(each.found).upper(), str(each.wanted).upper()
    if _is_wider(old, new):
        return
    text = f"{each.table}.{each.name} becomes {new} and was {old}: "
    if _is_wider(new, old):
        yield "warning", "narrow_type", f"{text}what does not fit is refused or cut", f"Check what is stored. {_LATER}"
    else:
        remedy = f"Add a column of the new type beside it. {_LATER}"
        yield (
            "warning",
            "change_type",
            f"{text}the table is rewritten, and workers of the release before expect the old",
            remedy,
        )


def _is_of_labels(tried: Tried, each: Difference) -> bool:
    """Whether a column is of one enumeration before and after: on SQLite, its length is that of the longest label."""
    place = (each.table, each.name)
    name = tried.enums_before.columns.get(place)
    return name is not None and name == tried.enums_after.columns.get(place)


def _labels(tried: Tried) -> Iterator[Said]:
    before, after = tried.enums_before.labels, tried.enums_after.labels
    for name in sorted(before.keys() & after.keys()):
        gone = [label for label in before[name] if label not in after[name]]
        if gone:
            text = f"the enumeration {name} loses {', '.join(gone)}: workers of the release before may write it"
            yield "warning", "label_removed", text, _LATER


def _part(tried: Tried, each: Difference) -> Iterator[Said]:
    if each.wanted is None:
        if each.kind != "index":
            text = f"{each.table}: the {each.kind.replace('_', ' ')} {each.name} goes, and what it kept out comes in"
            yield "hint", "constraint_dropped", text, "Make sure that nothing relies on it"
        return
    if each.kind == "index" and not each.wanted.startswith("UNIQUE "):
        return
    if each.found is not None and each.kind == "index" and each.found.startswith("UNIQUE "):
        return
    if _only_new_columns(tried, each):
        return
    kind = "unique" if each.kind == "index" else each.kind
    code = _ADDED[kind]
    text = f"{each.table}: the {kind.replace('_', ' ')} {each.name} is new: rows there are may break it, and workers of the release before"
    yield "warning", code, text, f"Clean the rows up in a release before. {_LATER}"


def _only_new_columns(tried: Tried, each: Difference) -> bool:
    """Whether a constraint concerns new columns that may be null or have a default, which rows from before satisfy."""
    old, new = tried.before.tables[each.table].columns, tried.after.tables[each.table].columns
    words = set(re.findall(r"\w+", str(each.wanted).partition("REFERENCES")[0].partition("→")[0]))
    concerned = [name for name in new if name in words]
    if each.kind in ("unique", "index", "primary_key"):
        return any(name not in old and new[name].nullable for name in concerned)
    return bool(concerned) and all(name not in old for name in concerned)


def _drop_table(table: str) -> Said:
    return (
        "warning",
        "drop_table",
        f"{table} and all its rows go: workers of the release before still read it",
        f"{_KEEP}. {_LATER}",
    )


def _drop_column(table: str, name: str) -> Said:
    text = f"{table}.{name} and what is in it go: workers of the release before still read and write it"
    return "warning", "drop_column", text, f"{_KEEP}. {_LATER}"


def _locks(before: Snapshot, operation: "Operation") -> bool:
    """Whether an index is new, on a table that is not, and not built beside those who write."""
    known = before.tables.get(operation.table)
    return known is not None and ("index", operation.name) not in known.parts and operation.text != "concurrently"


def _was(before: Snapshot, table: str, column: str) -> bool:
    return table in before.tables and column in before.tables[table].columns


def _renamed(tried: Tried, table: str, column: str = "") -> bool:
    kind = "AlterColumn" if column else "RenameTable"
    operations = (each for each in tried.operations if each.kind == kind and each.table == table)
    return any(not column or (each.name == column and each.text) for each in operations)


def _renamed_to(tried: Tried, each: Difference) -> bool:
    return any(
        one.kind == "AlterColumn" and one.table == each.table and one.text == each.name for one in tried.operations
    )


def _is_wider(old: str, new: str) -> bool:
    """Whether every value of the type ``old`` is one of ``new``."""
    before, after = (_LENGTH.sub("", kind).strip() for kind in (old, new))
    if before != after:
        return any(
            before in family and after in family[family.index(before) :] for family in _WIDER
        ) and not _LENGTH.search(new)
    narrow, wide = _LENGTH.search(old), _LENGTH.search(new)
    if wide is None or narrow is None:
        return wide is None
    whole = [int(found[1]) - int(found[2] or 0) for found in (narrow, wide)]
    return whole[1] >= whole[0] and int(wide[2] or 0) >= int(narrow[2] or 0)
