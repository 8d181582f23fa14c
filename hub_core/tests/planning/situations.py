"""What the tests of planning begin with: modules on disk, rows of the database, wishes, and the plan between them."""

from collections.abc import Mapping, Sequence

from packaging.version import Version

from hub_core.catalog import FoundModule, heads_of
from hub_core.planning import (
    Desired,
    DesiredModule,
    ModuleState,
    Plan,
    RecordedModule,
    Step,
    plan,
    recorded_after,
    wishes,
)
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog

Recorded = Mapping[str, RecordedModule]


def record(
    name: str, state: ModuleState = ModuleState.ENABLED, version: str = "1.0", revision: str | None = None
) -> RecordedModule:
    return RecordedModule(
        name=name,
        distribution=f"mod-{name.replace('_', '-')}",
        version=version,
        hash=f"hash of {name} {version}",
        state=state,
        revision=revision,
        table_prefix=f"{name}_",
    )


def recorded(*records: RecordedModule) -> Recorded:
    return {each.name: each for each in records}


def wished(*enabled: str, disabled: tuple[str, ...] = (), version: str | None = None) -> Desired:
    return Desired(
        modules={name: DesiredModule(version=version) for name in enabled}
        | {name: DesiredModule(enabled=False) for name in disabled}
    )


def resolution(modules: Sequence[FoundModule], before: Recorded, desired: Desired) -> Resolution:
    on_disk = catalog(*modules)
    wanted, unwanted = wishes(on_disk, before, desired)
    owners = {name: row.distribution for name, row in before.items() if row.state is not ModuleState.ABSENT}
    return resolve(on_disk, contract=Version("1.0"), recorded=owners, wanted=wanted, unwanted=unwanted)


def planned(*modules: FoundModule, before: Recorded | None = None, desired: Desired | None = None) -> Plan:
    """The plan with ``modules`` on disk."""
    rows, wanted = before or {}, desired or Desired()
    return plan(recorded=rows, desired=wanted, resolution=resolution(modules, rows, wanted))


def carried_out(steps: Sequence[Step], before: Recorded, *modules: FoundModule) -> Recorded:
    """What is recorded once ``steps`` are done."""
    on_disk = {module.name: module for module in modules}
    after = dict(before)
    for step in steps:
        found = on_disk.get(step.module)
        head = next((revision.id for revision in heads_of(found.revisions)), None) if found else None
        row = recorded_after(step, after.get(step.module), found=found, revision=head)
        assert row is not None
        after[step.module] = row
    return after
