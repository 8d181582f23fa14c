"""``hub show``: everything known about one module, or about one operation."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ..catalog import DataFiles
from ..manifest import Manifest, range_text
from ..planning import ListedModule, ModuleUnknown
from .environment import read_environment
from .masking import masked, masked_value
from .printing import AsJson, print_json
from .reaching_text import reaching
from .reasons_text import reason_lines
from .show_operation import show_operation
from .terminal_text import say, say_wrapped


def command(
    name: Annotated[str | None, typer.Argument(help="The name of the module.", show_default=False)] = None,
    operation: Annotated[
        int | None, typer.Option("--operation", metavar="N", help="Show an operation with its steps instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show everything known about one module, or about one operation.

    Imports no module, and needs no database for a module. A name that two distributions claim shows both.
    """
    if (name is None) is (operation is None):
        raise typer.BadParameter("name either a module or an operation: hub show NAME, hub show --operation N")
    if operation is not None:
        show_operation(operation, as_json=as_json)
    else:
        _show_module(str(name), as_json=as_json)


def _show_module(name: str, *, as_json: bool) -> None:
    environment = read_environment(with_database=True)
    chosen = [module for module in environment.modules if module.name == name]
    if not chosen:
        raise ModuleUnknown(name, tuple(module.name for module in environment.modules))
    places = {each: place for place, each in enumerate(environment.resolution.order)}
    ordered = sorted(environment.modules, key=lambda module: (places.get(module.name, len(places)), module.name))
    shown = [masked_value({**_details(module), **reaching(module, ordered)}) for module in chosen]
    if as_json:
        print_json(shown[0] if len(shown) == 1 else shown)
        return
    for number, (module, details) in enumerate(zip(chosen, shown, strict=True)):
        if number:
            say("")
        for line in _lines(module, details):
            say_wrapped(masked(line))


def _details(module: ListedModule) -> dict[str, Any]:
    details = module.as_json()
    if found := module.found:
        details |= {
            "license": found.license,
            "package": found.package,
            "folder": str(found.folder),
            "editable": found.editable,
            "hash": found.hash,
            "requires": list(found.requires),
            "requires_python": found.requires_python,
            "revisions": [revision.id for revision in found.revisions],
            "seed_data": _data_details(found.seed),
            "demo_data": _data_details(found.demo),
        }
    return details | (_manifest_details(found.manifest) if found and found.manifest else {})


def _data_details(data: DataFiles) -> dict[str, int]:
    return {"rows": data.rows, "tables": data.tables} if data.digest else {}


def _manifest_details(manifest: Manifest) -> dict[str, Any]:
    return {
        "auto_install": manifest.auto_install
        if isinstance(manifest.auto_install, bool)
        else list(manifest.auto_install),
        "after": list(manifest.after),
        "binaries": list(manifest.binaries),
        "table_prefix": manifest.table_prefix,
        "permissions": [{"name": right.name, "title": right.title} for right in manifest.permissions],
        "menus": [
            {"label": menu.label, "path": menu.path, "permission": menu.permission, "area": menu.area}
            for menu in manifest.menus
        ],
        "extension_points": {name: str(version) for name, version in manifest.extension_points.items()},
        "implements": {name: range_text(versions) for name, versions in manifest.implements.items()},
    }


def _lines(module: ListedModule, details: dict[str, Any]) -> Iterator[str]:
    for key, value in details.items():
        label = key.replace("_", " ")
        if key == "reasons":
            yield from (f"  {line}" for line in reason_lines(module.reasons))
            continue
        match value:
            case None | "" | []:
                continue
            case dict() if not value:
                continue
            case bool():
                yield f"{label}: {'yes' if value else 'no'}"
            case dict():
                yield f"{label}: {', '.join(f'{name} {text}' for name, text in value.items())}"
            case [dict(), *_]:
                yield f"{label}:"
                yield from (f"  {_entry(entry)}" for entry in value)
            case list():
                yield f"{label}: {', '.join(value)}"
            case _:
                yield f"{label}: {value}"


def _entry(entry: dict[str, Any]) -> str:
    """The values of one permission, menu entry, extension or override, each on the same line."""
    told = (", ".join(value) if isinstance(value, list) else str(value) for value in entry.values() if value)
    return " · ".join(told)
