"""Decide what a change comes to, before anything is done: who runs afterwards, what is removed, what happens to tables."""

from dataclasses import replace
from functools import partial

from ..catalog import read_catalog
from ..database import DatabaseUrl, connect
from ..packages import Environments
from ..planning import Desired
from ..settings import HubSettings
from .change import Change
from .choosing import Chosen, disabled, enabled, installed, placed, replaced
from .downgrading import Lowering, lowerings
from .dropping import RemovalRefused
from .environment import Situation, situation_of
from .moving import Move, moved
from .needed import needing
from .owning import table_owners
from .removing import Removal, Removed, looked_at
from .undoing import source_of


def chosen_modules(settings: HubSettings, before: Situation, wanted: Change) -> Chosen:
    """How it would stand, and which modules the change is about.

    :raises: the errors of :mod:`choosing`.
    """
    recorded = before.recorded
    if wanted.kind == "move":
        there = {name: replace(recorded[name], placement=wanted.placement) for name in wanted.names if name in recorded}
        recorded = {**recorded, **there}

    def again(desired: Desired) -> Situation:
        return situation_of(before.catalog, recorded, desired, before.document_text, settings)

    match wanted.kind:
        case "enable":
            return enabled(before, wanted.names, again)
        case "disable":
            return disabled(before, wanted.names, again, cascade=wanted.cascade)
        case "uninstall":
            return disabled(before, wanted.names, again, cascade=wanted.cascade, verb="uninstall")
        case "move":
            return placed(before, wanted.names, wanted.placement, again)
        case "downgrade":
            return Chosen(now=before, named=(), affected=frozenset())
        case "install":
            module, is_elsewhere = next(iter(wanted.names), None), wanted.environment is not None
            return installed(before, wanted.distributions, again, module=module, is_elsewhere=is_elsewhere)
    return replaced(Chosen(now=before, named=(), affected=frozenset()))


def removal(url: DatabaseUrl, before: Situation, chosen: Chosen, wanted: Change) -> Removal | None:
    """What goes with modules that are uninstalled; ``None`` for every other change.

    :raises RemovalRefused: naming what could not be used without tables that would be dropped.
    """
    if wanted.kind != "uninstall":
        return None
    names = chosen.named
    if wanted.data == "keep" and wanted.keeps_package:  # then all there is to do is to disable them
        names = tuple(name for name in names if any(step.module == name for step in chosen.steps))
    removed: tuple[Removed, ...] = ()
    if before.recorded:
        with connect(url, read_only=True) as connection:
            owners = table_owners(connection, before.catalog, before.recorded)
            removed = looked_at(
                connection, names, before.recorded, owners, before.resolution.chosen, before.desired.modules
            )
            rows = [each.row for each in removed]
            if wanted.data != "keep" and (others := needing(connection, rows, owners)):
                raise RemovalRefused(", ".join(row.name for row in rows), "; ".join(others))
    return Removal(removed=removed, data=wanted.data, backup=wanted.backup)


def alterations(
    settings: HubSettings, url: DatabaseUrl, before: Situation, wanted: Change
) -> tuple[Lowering | Move, ...]:
    """What is done to tables beside the steps of the plan."""
    match wanted.kind:
        case "downgrade":
            return _lowered(settings, url, before, wanted)
        case "move":
            with connect(url, read_only=True) as connection:
                owners = table_owners(connection, before.catalog, before.recorded)
                found = [
                    moved(connection, before.recorded.get(name), name, wanted.placement, url, owners)
                    for name in dict.fromkeys(wanted.names)
                ]
            return tuple(each for each in found if each is not None)
    return ()


def _lowered(settings: HubSettings, url: DatabaseUrl, before: Situation, wanted: Change) -> tuple[Lowering, ...]:
    environment = Environments(settings.state_folder).find(wanted.environment or "")
    assert environment is not None, "it was built before anything else"
    there = read_catalog([str(environment.site_packages)])
    with connect(url, read_only=True) as connection:
        owners = table_owners(connection, before.catalog, before.recorded)
        found = lowerings(connection, there, before.recorded, owners, partial(source_of, settings, before.catalog))
    order = (*before.resolution.order, *sorted(before.recorded))
    return tuple(sorted(found, key=lambda each: -order.index(each.row.name)))  # those that require others first
