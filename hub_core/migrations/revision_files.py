"""The chain of a module's revisions, read from the text of its files: nothing is imported, Alembic neither."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ..errors import HubError


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationSource:
    """Where a module's revisions lie, and the table that says which of them its tables are at."""

    module: str
    folder: Path
    version_table: str


class MigrationsInvalid(HubError):
    """A module's revision files do not make one chain; ``faults`` names each with its files."""

    code = "migrations_invalid"

    def __init__(self, source: MigrationSource, faults: Iterable[str]) -> None:
        self.module, self.faults = source.module, tuple(faults)
        super().__init__(
            f"the migrations of {source.module} are not one chain",
            cause="; ".join(self.faults),
            remedy=f"Install a release of {source.module} whose revisions follow one another, or correct {source.folder}",
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
    followed = {earlier for file in files for earlier in file.follows}
    newest = tuple(file for file in files if file.revision not in followed)
    faults = [*_same_ids(files), *_missing(files), *_circle(files)]
    if len(newest) > 1:
        faults.append(f"{_names(newest)} are {len(newest)} heads; one must follow the other")
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
    values = dict(_assigned(ast.parse(path.read_bytes(), path.name)))
    revision, follows = values.get("revision"), values.get("down_revision", ())
    if not isinstance(revision, str) or not revision:
        raise ValueError("`revision` is not a plain text")
    earlier = (follows,) if isinstance(follows, str) else tuple(follows) if isinstance(follows, tuple | list) else ()
    if not all(isinstance(each, str) for each in earlier) or not isinstance(follows, str | tuple | list | None):
        raise ValueError("`down_revision` is neither a plain text nor None")
    return RevisionFile(path=path, revision=revision, follows=earlier)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision"):
                try:
                    yield target.id, ast.literal_eval(value)
                except ValueError as error:
                    raise ValueError(f"`{target.id}` is computed; it must be a plain text") from error


def _same_ids(files: Iterable[RevisionFile]) -> Iterator[str]:
    by_id: dict[str, list[RevisionFile]] = {}
    for file in files:
        by_id.setdefault(file.revision, []).append(file)
    for revision, group in by_id.items():
        if len(group) > 1:
            yield f"{_names(group)} have the same revision {revision!r}"


def _missing(files: Iterable[RevisionFile]) -> Iterator[str]:
    known = {file.revision for file in files}
    for file in files:
        for earlier in file.follows:
            if earlier not in known:
                yield f"{file.path.name} follows {earlier!r}, which no file has"


def _circle(files: Iterable[RevisionFile]) -> Iterator[str]:
    try:
        TopologicalSorter({file.revision: file.follows for file in files}).prepare()
    except CycleError as error:
        yield f"revisions follow one another in a circle: {' → '.join(reversed(error.args[1]))}"


def _names(files: Iterable[RevisionFile]) -> str:
    return " and ".join(file.path.name for file in files)
