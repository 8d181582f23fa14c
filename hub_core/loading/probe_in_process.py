"""Describe modules by importing them into this process: for tests, where a process of its own would hide what is tested."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..error_text import one_line
from ..resolution import Resolution
from .configuration import module_settings
from .description import described
from .loaded_module import LoadedModule, ModuleFailed, load, refuse_unknown_targets
from .probed import Limits, Probed, ProbeKind


def probe_here(
    resolution: Resolution,
    areas: Collection[str],
    *,
    names: Collection[str] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    known: Collection[str] = (),
    limits: Limits | None = None,
    on_probed: Callable[[Probed], None] = lambda probed: None,
) -> tuple[Probed, ...]:
    """As :func:`probe_modules`, without its protection and without ``limits``."""
    done: dict[str, Probed] = {}
    for name in resolution.order:
        if names is None or name in names:
            failed = {each for each, answer in done.items() if not answer.is_well}.union(known)
            blockers = sorted(resolution.requires[name] & failed)
            done[name] = _blocked(name, blockers) if blockers else _probed(name, resolution, areas, settings or {})
            on_probed(done[name])
    return tuple(done.values())


def _blocked(name: str, blockers: list[str]) -> Probed:
    text = f"needs {blockers[0]}, which could not be brought up"
    return Probed(module=name, phase="requirements", kind="requirement", text=text)


def _probed(
    name: str, resolution: Resolution, areas: Collection[str], settings: Mapping[str, Mapping[str, Any]]
) -> Probed:
    try:
        loaded: LoadedModule = load(resolution.modules[name], areas)
        others = loaded.manifest.reaches_into
        refuse_unknown_targets(loaded, {other: load(resolution.modules[other], areas) for other in others})
        if name in settings:
            module_settings(loaded, settings[name])
    except ModuleFailed as error:
        kind: ProbeKind = "configuration" if error.phase == "configuration" else "raised"
        text, remedy = one_line(error.cause or error.kind), one_line(error.remedy)
        return Probed(module=name, phase=error.phase, kind=kind, text=text, remedy=remedy, details=error.details)
    known = described(loaded)
    return Probed(module=name, description=known.description, surface=known.surface, seconds=loaded.seconds)
