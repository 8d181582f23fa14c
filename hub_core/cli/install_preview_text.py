"""What an installation would bring, as people read it: a paragraph for each module, what stands against it, the plan."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..settings import read_settings
from .masking import masked, masked_value
from .plan_text import plan_json, plan_lines
from .printing import print_json
from .reasons_text import reason_lines
from .terminal_text import say_wrapped

if TYPE_CHECKING:
    from ..operations.previews.install_preview import InstallPreview

_PLAIN: Final = (
    *("title", "category", "tier", "license", "summary", "requires", "requires_python", "binaries", "after"),
    *("table_prefix", "revisions", "tables", "hooks", "extension_points", "implements", "extends", "wraps"),
)


def show_install_preview(
    distributions: Sequence[str], packages: Sequence[str], *, module: str | None = None, as_json: bool
) -> int:
    """Look, and print it; the exit code."""
    from ..logs import set_up_logging
    from ..operations.previews.install_preview import install_preview, told_brought
    from .probe_progress import ProbeProgress

    settings = read_settings(Path.cwd())
    set_up_logging(settings)
    with ProbeProgress(logs=True) as progress:
        found = install_preview(
            settings, distributions, module=module, on_probed=progress.tell, are_coming=bool(packages)
        )
    modules = [masked_value(told_brought(module)) for module in found.modules]
    if as_json:
        conflicts = [{"module": name, **reason.as_json()} for name, reason in found.conflicts]
        told = {"ok": not found.is_no, "modules": modules, "conflicts": masked_value(conflicts)}
        print_json({**told, "packages": list(packages), **plan_json(found.plan)})
    else:
        for line in _lines(found, modules, packages):
            say_wrapped(masked(line))
    return 1 if found.is_no else 0


def _lines(found: "InstallPreview", modules: Sequence[Mapping[str, Any]], packages: Sequence[str]) -> Iterator[str]:
    for module in modules:
        yield from _module(module)
    for name, reason in found.conflicts:
        first, *rest = reason_lines([reason])
        yield f"in the way: {name} {first}"
        yield from rest
    if not found.conflicts:
        yield "nothing is in the way"
    yield "plan:"
    yield from (f"  {line}" for line in (*packages, *plan_lines(found.plan)))


def _module(told: Mapping[str, Any]) -> Iterator[str]:
    before = told["recorded_version"]
    now = f"; {before} is recorded" if before and before != told["version"] else ""
    yield f"{told['name']} ({told['distribution']} {told['version']}{now})"
    for key in _PLAIN:
        if told.get(key):
            yield f"  {key.replace('_', ' ')}: {_listed(told[key])}"
    for key in ("permissions", "menus", "settings", "routes"):
        if entries := told.get(key):
            yield f"  {key}:"
            yield from (f"    {_entry(key, each)}" for each in entries)
    if not told["probed"]:
        yield "  routes, tables and settings: unknown, as it could not be brought up to be asked"
    yield from (f"  warning: {warning}" for warning in told["warnings"])


def _listed(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, text in value.items())
    return value if isinstance(value, str) else ", ".join(map(str, value))


def _entry(key: str, each: Mapping[str, Any]) -> str:
    match key:
        case "permissions":
            return f"{each['name']}: {each['title']}"
        case "menus":
            return " · ".join(str(text) for text in each.values() if text)
        case "settings":
            return f"{each['name']} ({each['kind']}){', required' if each['required'] else ''}"
    methods = ", ".join(each["methods"]) or "WebSocket"
    return f"{methods} {each['path']}: {', '.join(each['permissions']) or 'public'}"
