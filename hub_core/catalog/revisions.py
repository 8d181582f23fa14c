"""The migrations a module brings, read from the text of its revision files: nothing is imported, Alembic neither."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from .reading import Reader, Unreadable

VERSIONS: Final = Path("migrations", "versions")
"""Where revision files lie in the package of a module."""
LARGEST_REVISION: Final = 128 * 1024
"""Bytes that one revision file may have."""
_READ: Final = ("revision", "down_revision", "depends_on", "branch_labels", "transactional", "safe_downgrade")
LONGEST_ID: Final = 200
_MARKS: Final = b"\n,=:()[]{}"
_MOST_MARKS: Final = 25_000
_MOST_MARKS_IN_ALL: Final = 400_000
"""Marks between the parts of a program, which tell how long Python takes to read it better than its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision file: its id, the ids it follows, its branch labels, and ids or labels that must have run before.

    ``transactional = False`` in the file says that it cannot run in a transaction, such as CREATE INDEX CONCURRENTLY, and
    ``safe_downgrade = True`` that taking it back loses nothing that anybody wrote.
    """

    path: Path
    id: str
    follows: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    transactional: bool = True
    depends_on: tuple[str, ...] = ()
    safe_downgrade: bool = False


def read_revisions(folder: Path | str, reader: Reader | None = None) -> tuple[tuple[Revision, ...], tuple[str, ...]]:
    """Every revision file of ``folder`` by name, and what is wrong with those that cannot be read, one sentence each.

    :param reader: notes what was read; by default nobody asks.
    """
    reader = reader or Reader()
    try:
        names = [name for name in reader.names_in(f"{folder}") if name.endswith(".py") and name != "__init__.py"]
    except Unreadable as error:
        return (), (str(error),)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the modules' own: an invalid escape in a string
        found, faults = _read_all([Path(folder, name) for name in names], reader) if names else ([], [])
    return tuple(found), tuple(faults)


def _read_all(paths: Iterable[Path], reader: Reader) -> tuple[list[Revision], list[str]]:
    found, faults = [], []
    left = _MOST_MARKS_IN_ALL
    for path in paths:
        try:
            content = _content(path, reader)
            marks = sum(map(content.count, _MARKS))
            left -= marks
            if marks > _MOST_MARKS or left < 0:
                raise Unreadable("it says more than any migration has to")
            found.append(_read(path, content))
        except (Unreadable, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            faults.append(f"{path.name}: {error or 'nested too deeply'}")
        if left < 0:
            break
    return found, faults


def _content(path: Path, reader: Reader) -> bytes:
    content = reader.read(str(path), LARGEST_REVISION)
    if content is None:
        raise Unreadable(f"{path} leads nowhere")
    return content


def chain_faults(revisions: Iterable[Revision]) -> tuple[str, ...]:
    """Why ``revisions`` are not one chain, one sentence each, with the files: several heads, an id twice, a gap, a circle."""
    revisions = tuple(revisions)
    newest = heads_of(revisions)
    faults = [*_same_ids(revisions), *_missing(revisions), *_circle(revisions)]
    if len(newest) > 1:
        faults.append(f"{_names(newest)} are {len(newest)} heads; one must follow the other")
    return tuple(faults)


def heads_of(revisions: Iterable[Revision]) -> tuple[Revision, ...]:
    """The revisions that none follows; one, when they are a chain."""
    revisions = tuple(revisions)
    followed = {earlier for revision in revisions for earlier in revision.follows}
    return tuple(revision for revision in revisions if revision.id not in followed)


def _read(path: Path, content: bytes) -> Revision:
    values = dict(_assigned(ast.parse(content, path.name)))
    revision, follows = values.get("revision"), values.get("down_revision", ())
    if not _is_plain(revision):
        raise ValueError("`revision` is not a plain text")
    for flag in ("transactional", "safe_downgrade"):
        if not isinstance(values.get(flag, True), bool):
            raise ValueError(f"`{flag}` is neither True nor False")
    return Revision(
        path=path,
        id=str(revision),
        follows=_texts("down_revision", follows),
        labels=_texts("branch_labels", values.get("branch_labels", ())),
        transactional=values.get("transactional", True) is True,
        depends_on=_texts("depends_on", values.get("depends_on", ())),
        safe_downgrade=values.get("safe_downgrade", False) is True,
    )


def _texts(name: str, value: object) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple | list | set) else ()
    if not all(map(_is_plain, texts)) or not isinstance(value, str | tuple | list | set | None):
        raise ValueError(f"`{name}` is neither a plain text nor None")
    return texts


def _is_plain(value: object) -> bool:
    """Whether ``value`` is a text that a database keeps and a person reads."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and value.isprintable()


def _assigned(tree: ast.Module) -> Iterator[tuple[str, object]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and target.id in _READ:
                try:
                    yield target.id, ast.literal_eval(value)
                except (ValueError, TypeError) as error:  # TypeError: a list as the key of a dictionary
                    raise ValueError(f"`{target.id}` is computed; it must be a plain text") from error


def _same_ids(revisions: Iterable[Revision]) -> Iterator[str]:
    by_id: dict[str, list[Revision]] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, []).append(revision)
    for name, group in by_id.items():
        if len(group) > 1:
            yield f"{_names(group)} have the same revision {name!r}"


def _missing(revisions: Iterable[Revision]) -> Iterator[str]:
    revisions = tuple(revisions)
    known = {revision.id for revision in revisions}
    labels = {label for revision in revisions for label in revision.labels}
    for revision in revisions:
        for earlier in revision.follows:
            if earlier not in known:
                yield f"{revision.path.name} follows {earlier!r}, which no file has"
        for needed in revision.depends_on:
            if needed not in known and needed not in labels:
                yield f"{revision.path.name} depends on {needed!r}, which no file has"


def _circle(revisions: Iterable[Revision]) -> Iterator[str]:
    try:
        TopologicalSorter({each.id: (*each.follows, *each.depends_on) for each in revisions}).prepare()
    except CycleError as error:
        yield f"revisions follow one another in a circle: {' → '.join(reversed(error.args[1]))}"


def _names(revisions: Iterable[Revision]) -> str:
    names = [revision.path.name for revision in revisions]
    return " and ".join(names if len(names) <= 10 else [*names[:10], f"{len(names) - 10} more"])
