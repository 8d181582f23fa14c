"""The chain of a module's revisions, read from the text of its files: nothing is imported, Alembic neither."""

import ast
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSource:
    """Where a module's revisions lie, and the table that says which of them its tables are at."""

    module: str
    folder: Path
    version_table: str


class MigrationsInvalid(HubError):
    """A module's revision files do not make one chain; every fault is named with its file."""

    code = "migrations_invalid"

    def __init__(self, source: MigrationSource, faults: Iterable[str]) -> None:
        super().__init__(
            f"the migrations of {source.module} are not one chain",
            cause="; ".join(faults),
            remedy=f"Install a release of {source.module} whose revisions follow one another",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFile:
    """One file: its revision and those it follows."""

    path: Path
    revision: str
    follows: tuple[str, ...]


def heads(source: MigrationSource) -> tuple[str, ...]:
    """The newest revision of the chain; empty for a folder without revisions.

    :raises MigrationsInvalid: for several heads, an id that occurs twice, a missing predecessor, an unreadable file.
    """
    files = read_revisions(source)
    newest = _newest(files)
    faults = []
    for revision, count in Counter(file.revision for file in files).items():
        if count > 1:
            names = ", ".join(file.path.name for file in files if file.revision == revision)
            faults.append(f"{names} have the same revision {revision}")
    known = {file.revision for file in files}
    faults += [
        f"{file.path.name} follows {earlier}, which no file has"
        for file in files
        for earlier in file.follows
        if earlier not in known
    ]
    if len(newest) > 1:
        faults.append(f"several heads: {', '.join(file.path.name for file in newest)}")
    if files and not newest:
        faults.append("the files follow one another in a circle")
    if faults:
        raise MigrationsInvalid(source, faults)
    return tuple(file.revision for file in newest)


def read_revisions(source: MigrationSource) -> tuple[RevisionFile, ...]:
    """Every revision file of the folder, by name.

    :raises MigrationsInvalid: when one cannot be read.
    """
    found, faults = [], []
    for path in sorted(source.folder.glob("*.py")):
        if path.name == "__init__.py":
            continue
        try:
            found.append(_read(path))
        except (OSError, SyntaxError, ValueError) as error:
            faults.append(f"{path.name}: {error}")
    if faults:
        raise MigrationsInvalid(source, faults)
    return tuple(found)


def _read(path: Path) -> RevisionFile:
    values: dict[str, object] = {}
    for node in ast.parse(path.read_bytes()).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                values[target.id] = ast.literal_eval(node.value) if node.value is not None else None
    revision, follows = values.get("revision"), values.get("down_revision")
    if not isinstance(revision, str):
        raise ValueError("it gives no revision as a plain string")
    earlier = (follows,) if isinstance(follows, str) else tuple(follows or ())  # type: ignore[arg-type]
    return RevisionFile(path=path, revision=revision, follows=earlier)


def _newest(files: Iterable[RevisionFile]) -> list[RevisionFile]:
    files = tuple(files)
    followed = {earlier for file in files for earlier in file.follows}
    return [file for file in files if file.revision not in followed]
