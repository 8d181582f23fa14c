"""Which modules shall run: what somebody wishes, and else what is enabled already."""

from collections.abc import Collection, Mapping

from ..catalog import Catalog
from ..resolution import Resolution, is_glue
from .values import Desired, ModuleState, RecordedModule


def wishes(
    catalog: Catalog, recorded: Mapping[str, RecordedModule], desired: Desired
) -> tuple[Collection[str], Collection[str]]:
    """The names that are wanted, and those that are unwanted whatever glue would like.

    A module nobody mentions stays as it is; one that is installed and not enabled yet is free for glue to bring. Glue nobody mentions does not: it comes and goes with what it joins, so only a
    wish keeps it away.
    """
    glue = {module.name for module in catalog.modules if is_glue(module)}
    unmentioned = {name: record.state for name, record in recorded.items() if name not in desired.modules}
    wanted = {name for name, wish in desired.modules.items() if wish.enabled}
    unwanted = {name for name, wish in desired.modules.items() if not wish.enabled}
    wanted |= {name for name, state in unmentioned.items() if state is ModuleState.ENABLED}
    unwanted |= {name for name, state in unmentioned.items() if state is ModuleState.DISABLED and name not in glue}
    return wanted, unwanted


def is_wanted(name: str, recorded: Mapping[str, RecordedModule], desired: Desired, resolution: Resolution) -> bool:
    """Whether ``name`` shall run; of one that is not on disk, whether somebody wishes so or it is enabled."""
    if name in resolution.chosen:
        return name in resolution.wanted
    if wish := desired.modules.get(name):
        return wish.enabled
    return name in recorded and recorded[name].state is ModuleState.ENABLED
