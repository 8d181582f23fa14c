"""Turn the text of one ``hub-module.toml`` into a manifest, or into the list of all its faults."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ..errors import HubError
from ..toml_text import TomlInvalid, read_toml
from .format import FORMAT
from .shape import MOST_FAULTS, did_you_mean, first_ones, shown
from .values import Extends, Manifest, Menu, Overrides, Permission
from .versions import TextInvalid, read_range, read_version

MANIFEST_FILE: Final = "hub-module.toml"
LARGEST_MANIFEST: Final = 100_000
"""Bytes a manifest may have."""
_TAKEN_PREFIXES: Final = {"hub_": "the hub", "pg_": "PostgreSQL", "sqlite_": "SQLite"}


class ManifestInvalid(HubError):
    """A manifest does not say what it must; ``faults`` holds every fault as one sentence."""

    code = "manifest_invalid"

    def __init__(self, module: str, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"{MANIFEST_FILE} of {module} has {len(faults)} fault{'s' if len(faults) > 1 else ''}",
            cause="; ".join(faults),
            remedy=f"Correct {MANIFEST_FILE}; docs/reference/manifest.md explains every key",
        )
        self.module, self.faults = module, faults


def parse_manifest(text: str | bytes, module: str) -> Manifest:
    """Read the manifest of ``module``; :class:`ManifestInvalid` names all faults at once."""
    faults: list[str] = []
    keys = _keys(text, faults)
    manifest = Manifest(
        title=keys.get("title") or module.replace("_", " ").capitalize(),
        summary=keys.get("summary"),
        category=keys.get("category") or "Other",
        tier=keys.get("tier") or "optional",
        application=keys.get("application") or False,
        auto_install=keys.get("auto_install") or False,
        after=keys.get("after") or (),
        binaries=keys.get("binaries") or (),
        table_prefix=_table_prefix(keys, module, faults),
        permissions=_permissions(keys, module, faults),
        menus=_menus(keys, module, faults),
        extension_points=_extension_points(keys, module, faults),
        implements=_implements(keys, faults),
        extends=_extends(keys, module, faults),
        overrides=_overrides(keys, module, faults),
    )
    if faults:
        raise ManifestInvalid(module, first_ones(faults))
    return manifest


def _keys(text: str | bytes, faults: list[str]) -> dict[str, Any]:
    try:
        return FORMAT.read(read_toml(text, largest=LARGEST_MANIFEST), "", faults) or {}
    except TomlInvalid as error:
        faults.append(str(error))
        return {}


def _table_prefix(keys: Mapping[str, Any], module: str, faults: list[str]) -> str:
    prefix: str = keys.get("table_prefix") or f"{module}_"
    if owner := next((owner for start, owner in _TAKEN_PREFIXES.items() if prefix.startswith(start)), None):
        faults.append(f"table_prefix: {shown(prefix)} belongs to {owner}")
    return prefix


def _permissions(keys: Mapping[str, Any], module: str, faults: list[str]) -> tuple[Permission, ...]:
    permissions = tuple(Permission(**entry) for entry in keys.get("permissions") or ())
    names = [permission.name for permission in permissions]
    faults.extend(
        f'permissions: {shown(name)} does not begin with "{module}."'
        for name in names
        if not name.startswith(f"{module}.")
    )
    faults.extend(f"permissions: {shown(name)} is there twice" for name in _repeated(names))
    return permissions


def _menus(keys: Mapping[str, Any], module: str, faults: list[str]) -> tuple[Menu, ...]:
    known = tuple(entry["name"] for entry in keys.get("permissions") or ())
    menus = tuple(
        Menu(label=entry["label"], path=entry["path"], permission=entry.get("permission"), area=entry.get("area"))
        for entry in keys.get("menus") or ()
    )
    for menu in menus:
        below = f"/{menu.area}/{module}" if menu.area else f"/{module}"
        if menu.path != below and not menu.path.startswith(below + "/"):
            faults.append(f"menus: {shown(menu.path)} does not lie below {below}")
        if menu.permission and menu.permission not in known:
            meant = did_you_mean(menu.permission, known) if len(faults) < MOST_FAULTS else ""
            faults.append(f"menus: {shown(menu.permission)} is not under permissions{meant}")
    return menus


def _extension_points(keys: Mapping[str, Any], module: str, faults: list[str]) -> dict[str, Version]:
    points: dict[str, Version] = {}
    for name, version in (keys.get("extension_points") or {}).items():
        points[name] = read_version(version)
        if not name.startswith(f"{module}_"):
            faults.append(f'extension_points: {shown(name)} does not begin with "{module}_"')
    return points


def _implements(keys: Mapping[str, Any], faults: list[str]) -> dict[str, SpecifierSet]:
    ranges: dict[str, SpecifierSet] = {}
    for name, text in (keys.get("implements") or {}).items():
        try:
            ranges[name] = read_range(text)
        except TextInvalid as error:
            faults.append(f"implements.{name}: {error}")
    return ranges


def _extends(keys: Mapping[str, Any], module: str, faults: list[str]) -> tuple[Extends, ...]:
    extends = tuple(Extends(**entry) for entry in keys.get("extends") or () if entry.get("model"))
    faults.extend(f"extends: {shown(each.model)} is extended without fields" for each in extends if not each.fields)
    _judge_targets("extends", {each.model: each.module for each in extends}, module, faults)
    faults.extend(f"extends: {shown(name)} is there twice" for name in _repeated(each.model for each in extends))
    return extends


def _overrides(keys: Mapping[str, Any], module: str, faults: list[str]) -> tuple[Overrides, ...]:
    overrides = tuple(Overrides(**entry) for entry in keys.get("overrides") or () if entry.get("route"))
    _judge_targets("overrides", {each.route: each.module for each in overrides}, module, faults)
    faults.extend(f"overrides: {shown(name)} is there twice" for name in _repeated(each.route for each in overrides))
    return overrides


def _judge_targets(key: str, targets: Mapping[str, str], module: str, faults: list[str]) -> None:
    faults.extend(f"{key}: {shown(name)} is this module's own" for name, other in targets.items() if other == module)


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
