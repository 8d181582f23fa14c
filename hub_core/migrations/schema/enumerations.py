"""The labels of enumerations, known alike on both kinds of database.

On SQLite an enumeration is a text and its tables tell no labels, and a statement for PostgreSQL does not run there.
What a revision makes of the labels is therefore taken from the types it declares and from the statements in its file.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .declared_tables import Declared, native_enum
from .statements import quoted_label
from .table_snapshot import Snapshot

_NAME: Final = r'(?:\w+\.)?"?(\w+)"?'
_LABEL: Final = r"'((?:[^']|'')*)'"
_CREATED: Final = re.compile(rf"\bCREATE\s+TYPE\s+{_NAME}\s+AS\s+ENUM\s*\(((?:\s*{_LABEL}\s*,?)*)\)", re.IGNORECASE)
_RENAMED: Final = re.compile(rf"\bALTER\s+TYPE\s+{_NAME}\s+RENAME\s+VALUE\s+{_LABEL}\s+TO\s+{_LABEL}", re.IGNORECASE)
_ADDED: Final = re.compile(
    rf"\bALTER\s+TYPE\s+{_NAME}\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_LABEL}(?:\s+(BEFORE|AFTER)\s+{_LABEL})?",
    re.IGNORECASE,
)

Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumerations:
    """The labels of each enumeration, and the enumeration of each column that has one, by table and name."""

    labels: Labels = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)


def enumerations(tables: Declared, made: Snapshot) -> Enumerations:
    """Those that ``tables`` declare; where the database tells their labels, it knows best."""
    labels = {name: tuple(each.enums) for name, each in tables.enums().items()}
    columns = {}
    for table in tables.tables.values():
        for column in table.columns.values():
            if (kind := native_enum(column.type)) is not None:
                columns[table.name, column.name] = str(kind.name)
    return Enumerations(labels={**labels, **made.enums}, columns=columns)


def labels_after_statements(path: Path, labels: Labels) -> Labels:
    """The labels after the way forward in the file at ``path``, of those enumerations that are known already."""
    known = dict(labels)
    for statement in _statements(path):
        for name, told, _ in _CREATED.findall(statement):
            if name in known:
                known[name] = tuple(map(_label, re.findall(_LABEL, told)))
        for name, old, new in _RENAMED.findall(statement):
            if name in known:
                known[name] = tuple(_label(new) if each == _label(old) else each for each in known[name])
        for name, label, where, beside in _ADDED.findall(statement):
            if name in known:
                known[name] = _with(known[name], _label(label), where.upper(), _label(beside))
    return known


def _with(labels: tuple[str, ...], label: str, where: str, beside: str) -> tuple[str, ...]:
    if label in labels:
        return labels
    place = labels.index(beside) + (where == "AFTER") if beside in labels else len(labels)
    return (*labels[:place], label, *labels[place:])


def _statements(path: Path) -> Iterator[str]:
    """What a revision's file says but for its way back, in its order: its texts, and the types it makes, as statements."""
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            continue
        places = [each for each in ast.walk(node) if isinstance(each, ast.expr)]
        named: dict[str, ast.expr] = {
            target.id: each.value
            for each in ast.walk(node)
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }
        for each in sorted(places, key=lambda one: (one.lineno, one.col_offset)):
            match each:
                case ast.Constant(value=str(told)):
                    yield told.replace("\\:", ":")
                case ast.Call(func=ast.Attribute(value=kind, attr="create")):
                    yield _creating(named.get(kind.id, kind) if isinstance(kind, ast.Name) else kind)


def _creating(kind: ast.expr) -> str:
    """The statement of ``sa.Enum("draft", "sent", name="status").create(…)``; nothing for what is no enumeration."""
    match kind:
        case ast.Call(func=ast.Attribute(attr="Enum" | "ENUM") | ast.Name(id="Enum" | "ENUM")):
            labels = [str(each.value) for each in kind.args if isinstance(each, ast.Constant)]
            names = [each.value for each in kind.keywords if each.arg == "name"]
            if labels and len(labels) == len(kind.args) and names and isinstance(names[0], ast.Constant):
                return f"CREATE TYPE {names[0].value!s} AS ENUM ({', '.join(map(quoted_label, labels))})"
    return ""


def _label(told: str) -> str:
    return told.replace("''", "'")
