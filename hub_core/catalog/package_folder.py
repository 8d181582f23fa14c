"""Find the folder a package lies in, without importing it or anything else.

A wheel lists its files in RECORD. An editable install leaves a ``.pth`` file with a folder in it (hatchling, flit,
poetry, pdm, setuptools with a ``src`` layout), or a finder with a mapping from package to folder (setuptools, and
hatchling and pdm through ``editables``). Both are read as text: an environment can be read that this process does not
run in, and one that was installed a second ago. What remains is asked of the import system, and of that only the
top-level name: ``find_spec("a.b")`` imports ``a``.
"""

import ast
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path


def package_folder(
    package: str, *, site: Path, record: Mapping[str, str], path: Sequence[str] | None
) -> tuple[Path, bool] | None:
    """The folder of dotted ``package`` and whether RECORD vouches for its files; ``None`` when it is not found.

    :param site: the folder the distribution's metadata lies in, as a rule ``site-packages``.
    :param record: the rows of RECORD by path.
    :param path: where to search what RECORD does not lead to; ``None`` asks the running import system.
    """
    if not all(part.isidentifier() for part in package.split(".")):
        return None
    inside = package.replace(".", "/")
    if any(row.startswith(f"{inside}/") and not row.endswith(".pyc") for row in record):
        return (site / inside, True) if (site / inside).is_dir() else None
    for folder in _candidates(package, site, record, path):
        if folder.is_dir():
            return folder, False
    return None


def imported_folder(package: str, path: Sequence[str] | None) -> Path | None:
    """The folder an import of dotted ``package`` would read; ``None`` when that cannot be told without importing."""
    top, *rest = package.split(".")
    folders = [location.joinpath(*rest) for location in _locations(top, path)]
    return next((folder for folder in folders if folder.is_dir()), None)


def _candidates(package: str, site: Path, record: Mapping[str, str], path: Sequence[str] | None) -> Iterator[Path]:
    top, *rest = package.split(".")
    for name in record:
        if "/" in name:
            continue
        if name.endswith(".pth"):
            yield from (folder.joinpath(top, *rest) for folder in _pth_folders(site / name))
        elif name.endswith(".py"):
            yield from _mapped(package, _finder_mapping(site / name))
    for location in _locations(top, path):
        yield location.joinpath(*rest)


def _pth_folders(file: Path) -> Iterator[Path]:
    for line in _text(file).splitlines():
        if (line := line.strip()) and not line.startswith(("#", "import ", "import\t")):
            yield file.parent / line  # an absolute line replaces the parent


def _mapped(package: str, mapping: Mapping[str, str]) -> Iterator[Path]:
    """Folders of ``package`` by its longest mapped prefix: a finder may map ``acme.billing`` or only ``acme``."""
    parts = package.split(".")
    for length in range(len(parts), 0, -1):
        if target := mapping.get(".".join(parts[:length])):
            location = Path(target)
            yield (location.parent if location.name == "__init__.py" else location).joinpath(*parts[length:])


def _finder_mapping(file: Path) -> dict[str, str]:
    """Package → place, as an editable finder's source has it.

    setuptools writes ``MAPPING = {"package": "/folder"}``, ``editables`` calls ``map_module("package", "/…/__init__.py")``.
    """
    source = _text(file)
    if "MAPPING" not in source and "map_module" not in source:
        return {}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
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


def _locations(top: str, path: Sequence[str] | None) -> list[Path]:
    try:
        spec: ModuleSpec | None = (
            importlib.util.find_spec(top) if path is None else PathFinder.find_spec(top, list(path))
        )
    except (ImportError, ValueError):
        return []
    return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
