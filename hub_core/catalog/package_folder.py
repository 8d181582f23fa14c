"""Find the folder a package lies in, without importing it or anything else.

A wheel lists its files in RECORD. An editable install leaves a ``.pth`` file with a folder in it (hatchling, flit,
poetry, pdm, setuptools with a ``src`` layout), or a finder with a mapping from package to folder (setuptools, and
hatchling and pdm through ``editables``). Both are read as text: an environment can be read that this process does not
run in, and one that was installed a second ago. What remains is asked of the import system, and of that only the
top-level name: ``find_spec("a.b")`` imports ``a``.
"""

import ast
import importlib
import importlib.util
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from itertools import islice
from pathlib import Path
from typing import Final

from .reading import Reader, Unreadable

_MOST_CANDIDATES: Final = 200
"""Files beside the packages, and folders named in them, that are looked at for one package."""
_MOST_BYTES: Final = 64 * 1024
"""Bytes of all those files; a finder has some thousands."""


class Imports:
    """Asks the import system of one path where a top-level name lies; ``None`` is that of the running process.

    What it remembers of folders is dropped before the first question, else one installed a moment ago is not seen.
    """

    def __init__(self, path: Sequence[str] | None) -> None:
        self._path = None if path is None else list(path)
        self._is_fresh = False

    def folder_of(self, package: str) -> Path | None:
        """The folder an import of dotted ``package`` would read; ``None`` when that cannot be told without importing."""
        top, *rest = package.split(".")
        folders = [location.joinpath(*rest) for location in self.locations(top)]
        return next((folder for folder in folders if folder.is_dir()), None)

    def locations(self, top: str) -> list[Path]:
        """The folders of the top-level package ``top``."""
        if not self._is_fresh:
            importlib.invalidate_caches()
            self._is_fresh = True
        try:
            spec: ModuleSpec | None = (
                importlib.util.find_spec(top) if self._path is None else PathFinder.find_spec(top, self._path)
            )
        except (ImportError, ValueError, OSError):
            return []
        return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


def is_in_record(package: str, record: Mapping[str, str]) -> bool:
    """Whether RECORD lists files of dotted ``package``; bytecode may have been left there by others."""
    inside = package.replace(".", "/") + "/"
    return any(row.startswith(inside) and not row.endswith(".pyc") for row in record)


def is_importable(package: str) -> bool:
    """Whether dotted ``package`` is a name Python can import."""
    return all(part.isidentifier() for part in package.split("."))


def unlisted_folder(
    package: str, *, site: str, record: Mapping[str, str], imports: Imports, reader: Reader
) -> Path | None:
    """The folder of a ``package`` whose files RECORD does not list; ``None`` when it is not found.

    :param site: the folder the distribution's metadata lies in, as a rule ``site-packages``.
    :param record: the rows of RECORD by path.
    """
    for folder in islice(_candidates(package, Path(site), record, imports, reader), _MOST_CANDIDATES):
        if folder.is_dir():
            return folder
    return None


def _candidates(
    package: str, site: Path, record: Mapping[str, str], imports: Imports, reader: Reader
) -> Iterator[Path]:
    top, *rest = package.split(".")
    beside = (name for name in record if "/" not in name and name.endswith((".pth", ".py")))
    left = _MOST_BYTES
    for name in islice(beside, _MOST_CANDIDATES):
        text = _text(site / name, left, reader)
        left -= len(text)
        if name.endswith(".pth"):
            yield from (folder.joinpath(top, *rest) for folder in _pth_folders(site, text))
        else:
            yield from _mapped(package, _finder_mapping(text))
    for location in imports.locations(top):
        yield location.joinpath(*rest)


def _pth_folders(site: Path, text: str) -> Iterator[Path]:
    lines = [line.strip() for line in text.splitlines()]
    folders = (line for line in lines if line and not line.startswith(("#", "import ", "import\t")))
    for line in islice(folders, _MOST_CANDIDATES):
        yield site / line  # an absolute line replaces the folder


def _mapped(package: str, mapping: Mapping[str, str]) -> Iterator[Path]:
    """Folders of ``package`` by its longest mapped prefix: a finder may map ``acme.billing`` or only ``acme``."""
    parts = package.split(".")
    for length in range(len(parts), 0, -1):
        if target := mapping.get(".".join(parts[:length])):
            location = Path(target)
            yield (location.parent if location.name == "__init__.py" else location).joinpath(*parts[length:])


def _finder_mapping(source: str) -> dict[str, str]:
    """Package → place, as an editable finder's source has it.

    setuptools writes ``MAPPING = {"package": "/folder"}``, ``editables`` calls ``map_module("package", "/…/__init__.py")``.
    """
    if "MAPPING" not in source and "map_module" not in source:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: place for node in ast.walk(tree) for name, place in _pairs(node)}


def _pairs(node: ast.AST) -> Iterable[tuple[str, str]]:
    match node:
        case ast.Assign(targets=[ast.Name(id="MAPPING")], value=ast.Dict(keys=keys, values=values)):
            constants = zip(keys, values, strict=True)
        case ast.AnnAssign(target=ast.Name(id="MAPPING"), value=ast.Dict(keys=keys, values=values)):
            constants = zip(keys, values, strict=True)
        case ast.Call(func=ast.Attribute(attr="map_module"), args=[key, value]):
            constants = zip([key], [value], strict=True)
        case _:
            return []
    return [
        (key.value, value.value)
        for key, value in constants
        if isinstance(key, ast.Constant)
        and isinstance(key.value, str)
        and isinstance(value, ast.Constant)
        and isinstance(value.value, str)
    ]


def _text(file: Path, largest: int, reader: Reader) -> str:
    try:
        return (reader.read(str(file), largest) or b"").decode()
    except (Unreadable, UnicodeDecodeError):
        return ""
