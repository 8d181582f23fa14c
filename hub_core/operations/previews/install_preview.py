"""What an installation would bring and what stands against it, asked in an environment that was built to be looked at.

Only read is done: the database as it is recorded, the modules by the probe, in processes of their own. So everything that is
in the way can be named at once, where the operation itself ends at the first.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from packaging.utils import canonicalize_name

from ...catalog import FoundModule
from ...database import DatabaseMissing, TableOwners, connect, parse_url
from ...loading import Description, ModuleFailed, Probed, Surface
from ...planning import Desired, Failure, Plan
from ...registry import is_prepared, recorded_failures
from ...resolution import Reason
from ...settings import HubSettings
from ..choosing import Chosen, ModuleCannotRun, installed, refused, replaced, stopped, way_out
from ..describing.descriptions import Descriptions, Known
from ..document_file import written
from ..environment import Situation, situation, situation_of
from ..owning import table_owners
from ..standing import ReadyModule, failed
from .preview import without_database

_UNINSTALL: Final = re.compile(r"(?:uninstall it: )?\bpip uninstall (?P<name>[A-Za-z0-9._-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One module that would come, or come in another release. What only the probe can tell is ``None`` where it had no answer."""

    found: FoundModule
    before: str | None
    description: Description | None = None
    surface: Surface | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallPreview:
    """``conflicts`` are all that stands against it, by whom it concerns; without any it could be installed."""

    modules: tuple[Brought, ...]
    plan: Plan
    conflicts: tuple[tuple[str, Reason], ...] = ()

    @property
    def is_no(self) -> bool:
        """Whether something stands against it."""
        return bool(self.conflicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """How it stands now, read from the database without changing anything there."""

    before: Situation
    failures: Mapping[str, Failure] = field(default_factory=dict)
    owners: TableOwners | None = None


def install_preview(
    settings: HubSettings,
    distributions: Collection[str],
    *,
    module: str | None = None,
    on_probed: Callable[[Probed, int], None] = lambda probed, total: None,
    are_coming: bool = False,
) -> InstallPreview:
    """What installing ``distributions``, which are all in this environment, would bring.

    :param module: what they have to bring; ``None``: whatever they do.
    :param are_coming: whether they are only in this one, which was built to be looked at: nobody can uninstall them.
    :raises DistributionBringsNothing: when one brings no module.
    :raises ModuleNotBrought: when none of them brings ``module``.
    """
    ground = _ground(settings)
    names = {canonicalize_name(each) for each in distributions}
    taken = tuple(found for found, _ in refused(ground.before, names))
    free = names - {canonicalize_name(found.distribution) for found in taken}
    named = {found.name for found in ground.before.catalog.modules if canonicalize_name(found.distribution) in free}

    def again(desired: Desired) -> Situation:
        before = ground.before
        return situation_of(before.catalog, before.recorded, desired, before.document_text, settings)

    conflicts = [
        (found.name, replace(reason, remedy=way_out(ground.before, found)) if are_coming else reason)
        for found, reason in refused(ground.before, names)
    ]
    try:
        chosen = installed(ground.before, free, again, module=None if conflicts else module)
    except ModuleCannotRun as error:
        conflicts += [(error.name, reason) for reason in error.reasons]
        chosen = replaced(Chosen(now=ground.before, named=(), affected=frozenset(named)))
    now = chosen.now
    conflicts += [(name, reason) for name, told in stopped(now, ground.failures).items() for reason in told]
    known = Descriptions(settings, on_probed=on_probed, heeds_safe_mode=False).all_known(now)
    shown = sorted(named | {step.module for step in chosen.steps if step.kind != "disable"})
    ready = {name: each for name in now.wanted() if isinstance(each := _ready(known, now, name), ReadyModule)}
    conflicts += [
        (name, failure.reason)
        for name in now.wanted()
        if name in shown and name not in ready and (failure := _failure(known, now, name))
    ]
    conflicts += _clashing(ready, shown, ground.owners)
    brought = [_brought(name, now, ready.get(name)) for name in shown if name in now.resolution.chosen]
    return InstallPreview(
        modules=(*brought, *(Brought(found=found, before=None) for found in taken)),
        plan=Plan(steps=chosen.steps),
        conflicts=tuple(
            dict.fromkeys((name, _left_out(reason, names if are_coming else ())) for name, reason in conflicts)
        ),
    )


def _ground(settings: HubSettings) -> _Ground:
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            if is_prepared(connection):
                before = situation(connection, settings, applies_document=False)
                owners = table_owners(connection, before.catalog, before.recorded)
                return _Ground(before=before, failures=recorded_failures(connection), owners=owners)
    except DatabaseMissing:
        pass
    return _Ground(before=without_database(settings, written(settings) or Desired()))


def _left_out(reason: Reason, coming: Collection[str]) -> Reason:
    """The reason with a remedy that tells nobody to uninstall what is not installed yet."""

    def instead(found: re.Match[str]) -> str:
        return f"do not install {found['name']}" if canonicalize_name(found["name"]) in coming else found[0]

    remedy = _UNINSTALL.sub(instead, reason.remedy)
    return replace(reason, remedy=remedy[:1].upper() + remedy[1:]) if remedy != reason.remedy else reason


def _ready(known: Known, now: Situation, name: str) -> ReadyModule | ModuleFailed:
    try:
        return known.ready(now.resolution.modules[name])
    except ModuleFailed as error:
        return error


def _failure(known: Known, now: Situation, name: str) -> Failure | None:
    """Why the probe has no description of a module, with what the module raised."""
    error = _ready(known, now, name)
    if held := known.held.get(name):
        return held
    if not isinstance(error, ModuleFailed):
        return None
    failure = failed(error)
    return replace(failure, reason=replace(failure.reason, text=failure.told), error="")


def _clashing(
    ready: Mapping[str, ReadyModule], shown: Collection[str], owners: TableOwners | None
) -> Iterator[tuple[str, Reason]]:
    """Routes and tables of the modules that would come that are another module's."""
    routes = {name: _routes(module) for name, module in ready.items()}
    for name in sorted(ready.keys() & {*shown}):
        for other in sorted(ready.keys() - {name}):
            for method, path in sorted(routes[name] & routes[other]):
                yield (
                    name,
                    Reason(
                        code="route_taken",
                        text=f"answers {method} {path}, which {other} answers",
                        remedy=f"Give the route of {name} another path, or run it without {other}",
                    ),
                )
        for table in ready[name].description.tables if owners else ():
            if (owner := owners.owner(table) if owners else None) not in (None, name):
                yield (
                    name,
                    Reason(
                        code="table_taken",
                        text=f"declares the table {table}, which belongs to {owner}",
                        remedy=f"Give {name} other table names, or run it without {owner}",
                    ),
                )


def _routes(module: ReadyModule) -> frozenset[tuple[str, str]]:
    return frozenset((method, route.path) for route in module.surface().routes for method in route.methods or ("WS",))


def _brought(name: str, now: Situation, ready: ReadyModule | None) -> Brought:
    row = now.recorded.get(name)
    return Brought(
        found=now.resolution.chosen[name],
        before=row.version if row else None,
        description=ready.description if ready else None,
        surface=ready.surface() if ready else None,
    )


def told_brought(module: Brought) -> dict[str, Any]:
    """One of ``modules`` in ``hub install --dry-run --json``."""
    found, manifest = module.found, module.found.manifest
    description, surface = module.description, module.surface
    told: dict[str, Any] = {
        "name": found.name,
        "distribution": found.distribution,
        "version": str(found.version),
        "recorded_version": module.before,
        "license": found.license,
        "summary": (manifest.summary if manifest else None) or found.summary,
        "requires": list(found.requires),
        "requires_python": found.requires_python,
        "probed": description is not None,
    }
    if manifest:
        told |= {
            "title": manifest.title,
            "category": manifest.category,
            "tier": manifest.tier,
            "application": manifest.application,
            "table_prefix": manifest.table_prefix,
            "binaries": list(manifest.binaries),
            "after": list(manifest.after),
            "permissions": [{"name": each.name, "title": each.title} for each in manifest.permissions],
            "menus": [
                {"label": each.label, "path": each.path, "permission": each.permission, "area": each.area}
                for each in manifest.menus
            ],
            "extension_points": {name: str(version) for name, version in manifest.extension_points.items()},
            "implements": {name: str(versions) for name, versions in manifest.implements.items()},
            "extends": [f"{each.model}: {', '.join(each.fields)}" for each in manifest.extends],
            "wraps": [each.route for each in manifest.overrides],
        }
    return told | {
        "revisions": [revision.id for revision in found.revisions],
        "tables": list(description.tables) if description else None,
        "hooks": list(description.hooks) if description else None,
        "settings": [{"name": each.name, "kind": each.kind, "required": each.required} for each in surface.settings]
        if surface
        else None,
        "routes": [
            {
                "methods": list(each.methods),
                "path": each.path,
                "permissions": list(each.permissions),
                "page": each.is_page,
            }
            for each in surface.routes
        ]
        if surface
        else None,
        "warnings": list(description.warnings) if description else [],
    }
