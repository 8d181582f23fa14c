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
    incomplete: Collection[str] = (),
) -> frozenset[str]:
    """``wanted`` with the glue that follows from it.

    Glue whose triggers (all modules it requires, or those that ``auto_install`` names) are wanted is wanted too, with the
    rest of what it requires. Glue is never wanted for its own sake: without its triggers it leaves, so it never keeps
    anybody from disabling them. What is ``unwanted`` stays away, and all glue that needs it; so does glue that is
    ``incomplete``: something it requires is not installed.
    """
    glue = {name: triggers(module, requires[name]) for name, module in sorted(modules.items()) if is_glue(module)}
    result = {name for name in wanted if name not in glue}
    waiting = {
        name: needed
        for name, needed in glue.items()
        if name not in unwanted and name not in incomplete and not all_required(name, requires) & set(unwanted)
    }
    while appearing := [name for name, needed in waiting.items() if needed <= result]:
        for name in appearing:
            del waiting[name]
            result |= all_required(name, requires)
    return frozenset(result)


def is_glue(module: FoundModule) -> bool:
    """Whether the manifest says ``auto_install``."""
    return module.manifest is not None and bool(module.manifest.auto_install)


def triggers(module: FoundModule, requires: AbstractSet[str]) -> AbstractSet[str]:
    """The modules that must be wanted for glue to appear; a name that it does not require is never fulfilled."""
    named = module.manifest.auto_install if module.manifest else False
    return frozenset(named) if isinstance(named, tuple) else requires
