"""Glue: modules that appear by themselves when what they join is enabled, and leave with it."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet

from ..catalog import FoundModule
from .knots import all_required


def with_glue(
    wanted: Collection[str],
    unwanted: Collection[str],
    *,
    modules: Mapping[str, FoundModule],
    requires: Mapping[str, AbstractSet[str]],
) -> frozenset[str]:
    """``wanted`` with the glue that follows from it.

    Glue whose triggers (all modules it requires, or those that ``auto_install`` names) are wanted is wanted too, with the
    rest of what it requires. Glue is never wanted for its own sake: without its triggers it leaves, so it never keeps
    anybody from disabling them. What is ``unwanted`` stays away, and all glue that needs it.
    """
    glue = {name: _triggers(module, requires[name]) for name, module in sorted(modules.items()) if is_glue(module)}
    result = {name for name in wanted if name not in glue}
    waiting = {
        name: triggers
        for name, triggers in glue.items()
        if name not in unwanted and not all_required(name, requires) & set(unwanted)
    }
    while appearing := [name for name, triggers in waiting.items() if triggers <= result]:
        for name in appearing:
            del waiting[name]
            result |= all_required(name, requires)
    return frozenset(result)


def is_glue(module: FoundModule) -> bool:
    """Whether the manifest says ``auto_install``."""
    return module.manifest is not None and bool(module.manifest.auto_install)


def _triggers(module: FoundModule, requires: AbstractSet[str]) -> AbstractSet[str]:
    named = module.manifest.auto_install if module.manifest else False
    return requires & set(named) if isinstance(named, tuple) else requires
