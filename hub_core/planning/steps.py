"""Find the steps from what is recorded to what is wanted."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from ..catalog import FoundModule
from ..resolution import Reason, Resolution
from .blocked import hindrances, is_older, not_installed
from .impact import (
    data_text,
    disabled_impact,
    enabled_impact,
    installed_impact,
    loaded_impact,
    migrated_impact,
    pending_revisions,
)
from .values import Desired, ModuleState, Placement, Plan, RecordedModule, Step, StepKind
from .wanted import is_wanted


def plan(*, recorded: Mapping[str, RecordedModule], desired: Desired, resolution: Resolution) -> Plan:
    """Plan the way to the desired state: modules that leave first, the others in load order, each step by step.

    What cannot run has no steps and keeps what is recorded of it, so that it comes back by itself. Applied to its own
    result the plan is empty.

    :param resolution: of the whole environment, with the wishes of ``desired``; a module that requires one nobody
        enabled is blocked here.
    """
    planning = _Planning(recorded=recorded, desired=desired, resolution=resolution)
    planning.disable()
    planning.blocked |= hindrances(recorded=recorded, desired=desired, resolution=resolution)
    for name in resolution.order:
        if name in resolution.wanted and name not in planning.blocked:
            planning.add(resolution.modules[name])
    planning.explain_missing()
    return Plan(
        steps=tuple(planning.steps),
        blocked=planning.blocked,
        drift=tuple(planning.drift),
        available=tuple(
            name
            for name in resolution.order
            if name not in resolution.wanted and name not in recorded and name not in desired.modules
        ),
    )


@dataclass(slots=True, kw_only=True)
class _Planning:
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    resolution: Resolution
    steps: list[Step] = field(default_factory=list)
    blocked: dict[str, tuple[Reason, ...]] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)

    def disable(self) -> None:
        """Disable what is enabled and not wanted, those that require others first."""
        leaving = {
            name for name in self.recorded if self._state(name) is ModuleState.ENABLED and not self._is_wanted(name)
        }
        for name in _dependents_first(leaving, self.resolution.requires):
            self._step("disable", name, f"disable {name}", disabled_impact(name, self.resolution))

    def add(self, found: FoundModule) -> None:
        """Add the steps of one module that shall run and can."""
        record = self.recorded.get(found.name)
        self._migrate(found, record.revision if record else None)
        if record is None or record.state is ModuleState.ABSENT:
            self._step("install", found.name, f"install {found.name} {found.version}", installed_impact(found))
        elif record.version != str(found.version):
            kind: StepKind = "downgrade" if is_older(found, record) else "upgrade"
            self._step(kind, found.name, f"{kind} {found.name} from {record.version} to {found.version}")
        elif record.hash != found.hash and not found.editable:  # whoever edits a checkout knows
            self.drift.append(f"{found.name}: its files changed since version {record.version} was recorded")
            self._step("record", found.name, f"record the files of {found.name} {found.version} anew")
        self._load(found, record)
        if self._state(found.name) is not ModuleState.ENABLED:
            self._step("enable", found.name, f"enable {found.name}", enabled_impact(found, self.resolution))

    def explain_missing(self) -> None:
        """Say of everything wanted that is not on disk that it is not."""
        on_disk = {*self.resolution.chosen, *self.resolution.reasons}
        for name in sorted({*self.desired.modules, *self.recorded} - on_disk):
            record = self.recorded.get(name)
            is_recorded = record is not None and record.state is not ModuleState.ABSENT
            if self._is_wanted(name):
                if is_recorded:
                    self.drift.append(f"{name}: recorded, but not installed in this environment")
                self.blocked[name] = (not_installed(name, record if is_recorded else None),)

    def _migrate(self, found: FoundModule, at: str | None) -> None:
        if pending := pending_revisions(found, at):
            text = f"migrate {found.name} from {at or 'nothing'} to {pending[-1]}"
            self._step("migrate", found.name, text, migrated_impact(found, pending))

    def _load(self, found: FoundModule, record: RecordedModule | None) -> None:
        """Load data whose files are not those loaded last; an empty digest is that of no files."""
        wish = self.desired.modules.get(found.name)
        seeded, shown = (record.seed, record.demo) if record else ("", "")
        if found.seed.digest not in ("", seeded):
            self._step("seed", found.name, data_text("seed", found.name, found.seed), loaded_impact(seeded))
        if wish and wish.demo and found.demo.digest not in ("", shown):
            self._step("demo", found.name, data_text("demo", found.name, found.demo), loaded_impact(shown))

    def _is_wanted(self, name: str) -> bool:
        return is_wanted(name, self.recorded, self.desired, self.resolution)

    def _state(self, name: str) -> ModuleState:
        record = self.recorded.get(name)
        return record.state if record else ModuleState.ABSENT

    def _step(self, kind: StepKind, name: str, text: str, impact: tuple[str, ...] = ()) -> None:
        self.steps.append(Step(kind=kind, module=name, text=text, impact=impact))


def _dependents_first(names: Iterable[str], requires: Mapping[str, AbstractSet[str]]) -> Iterator[str]:
    """``names``, blocked ones too, each before all it requires; of those in a circle the first by name."""
    left = set(names)
    while left:
        needed = {each for name in left for each in requires.get(name, ()) if each != name}
        name = min(left - needed or left)
        left.discard(name)
        yield name


def recorded_after(
    step: Step,
    record: RecordedModule | None,
    *,
    found: FoundModule | None,
    revision: str | None,
    placement: Placement = "shared",
) -> RecordedModule | None:
    """What is recorded of a module once ``step`` is done.

    :param record: what was recorded before it.
    :param found: the module on disk; only ``disable`` does without.
    :param revision: the newest migration the module has on disk.
    :param placement: where the tables of a module are made that was not there before.
    """
    if step.kind == "disable" or found is None:
        return record and replace(record, state=ModuleState.DISABLED)
    record = record or RecordedModule(
        name=found.name,
        distribution=found.distribution,
        version=str(found.version),
        hash=found.hash,
        state=ModuleState.ABSENT,
        revision=None,
        table_prefix=found.manifest.table_prefix if found.manifest else f"{found.name}_",
        placement=placement,
    )
    match step.kind:
        case "migrate":
            return replace(record, revision=revision)
        case "seed":
            return replace(record, seed=found.seed.digest)
        case "demo":
            return replace(record, demo=found.demo.digest)
        case "enable":
            return replace(record, state=ModuleState.ENABLED)
        case "install":
            record = replace(record, state=ModuleState.INSTALLED)
    return replace(record, distribution=found.distribution, version=str(found.version), hash=found.hash)
