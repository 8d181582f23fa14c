"""Which names a Python file imports, read from its text: nothing is imported, and conditions are not followed."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedName:
    """One imported name in full, such as ``hub_module_payments.interface.Gateway``, and its line."""

    name: str
    line: int


def imported_names(source: bytes, package: Sequence[str]) -> Iterator[ImportedName]:
    """Every name that ``source`` imports, also by ``import_module("…")``, in no particular order.

    :param package: the parts of the package the file lies in; relative names begin there.
    :raises SyntaxError: also ``ValueError``, ``RecursionError`` or ``MemoryError``, for a file that is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the module's own: an invalid escape in a string
        tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (ImportedName(name=each.name, line=node.lineno) for each in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = _absolute(module or "", level, package)
                if base is not None:
                    yield from (ImportedName(name=_joined(base, each.name), line=node.lineno) for each in names)
            case ast.Call():
                name = _called(node, package)
                if name:
                    yield ImportedName(name=name, line=node.lineno)


def _absolute(module: str, level: int, package: Sequence[str]) -> str | None:
    """The full name of a relative one; ``None`` above the top, where the import fails anyway."""
    if level == 0:
        return module
    kept = package[: len(package) - level + 1]
    return ".".join(filter(None, (*kept, module))) if kept else None


def _joined(base: str, name: str) -> str:
    return base if name == "*" else f"{base}.{name}"


def _called(call: ast.Call, package: Sequence[str]) -> str | None:
    match call.func:
        case ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"):
            given = [*call.args[:1], *(each.value for each in call.keywords if each.arg == "name")]
        case _:
            return None
    match given:
        case [ast.Constant(value=str() as name), *_]:
            level = len(name) - len(name.lstrip("."))
            return _absolute(name[level:], level, package)
    return None
