"""Bring a changed hub.toml together with wishes that were changed elsewhere since, key by key."""

from collections.abc import Mapping
from typing import Any, Final

from .values import Desired, DesiredModule

_MISSING: Final = object()
_Keys = dict[str, Any]


def merge(stored: Desired, last: Desired, current: Desired) -> Desired:
    """Apply to ``stored`` what changed from ``last`` (the file when it was last applied) to ``current``.

    A key that is the same in both files keeps its stored value; one that differs takes the file's. A module that left
    the file is wanted no longer and stays as it is; settings it got elsewhere are kept.
    """
    modules = {}
    for name in sorted({*stored.modules, *last.modules, *current.modules}):
        before, after = last.modules.get(name), current.modules.get(name)
        kept = stored.modules.get(name)
        merged = _merged_keys(_keys(kept), _keys(before), _keys(after))
        left_the_file = before is not None and after is None
        if merged and not (left_the_file and not _settings(merged)):
            modules[name] = DesiredModule(
                version=merged.get("version"),
                enabled=merged.get("enabled", kept is None or kept.enabled),
                placement=merged.get("placement"),
                demo=merged.get("demo", False),
                required=merged.get("required", False),
                settings=_settings(merged),
            )
    return Desired(modules=modules)


def drift(document: Desired, stored: Desired) -> tuple[str, ...]:
    """Where hub.toml and the database want different things, one sentence each. Values of settings stay unsaid."""
    lines = []
    for name in sorted({*document.modules, *stored.modules}):
        wanted, kept = _keys(document.modules.get(name)), _keys(stored.modules.get(name))
        if not wanted or not kept:
            lines.append(f"{name}: only in {'hub.toml' if wanted else 'the database'}")
            continue
        for key in sorted({*wanted, *kept}):
            if _same(wanted.get(key, _MISSING), kept.get(key, _MISSING)):
                continue
            if key.startswith("settings."):
                lines.append(f"{name}: {key} differs between hub.toml and the database")
            else:
                lines.append(f"{name}: {key} is {_said(wanted, key)} in hub.toml, {_said(kept, key)} in the database")
    return tuple(lines)


def _keys(module: DesiredModule | None) -> _Keys:
    if module is None:
        return {}
    keys: _Keys = {"enabled": module.enabled}
    if module.version is not None:
        keys["version"] = module.version
    if module.placement is not None:
        keys["placement"] = module.placement
    if module.demo:
        keys["demo"] = True
    if module.required:
        keys["required"] = True
    return keys | {f"settings.{key}": value for key, value in module.settings.items()}


def _settings(keys: _Keys) -> _Keys:
    return {key.removeprefix("settings."): value for key, value in keys.items() if key.startswith("settings.")}


def _merged_keys(stored: _Keys, last: _Keys, current: _Keys) -> _Keys:
    merged = {}
    for key in {**stored, **last, **current}:
        before, after = last.get(key, _MISSING), current.get(key, _MISSING)
        value = stored.get(key, _MISSING) if _same(before, after) else after
        if value is not _MISSING:
            merged[key] = value
    return merged


def _said(keys: _Keys, key: str) -> str:
    value = keys.get(key, "not set")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(one: object, other: object) -> bool:
    """Equality of settings: ``1`` and ``true`` are not the same, tables in another order are."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other
