"""Find the steps from what is recorded to what is wanted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from packaging.version import Version

from ..catalog import FoundModule
from ..manifest import TextInvalid, range_text, read_range, read_version
from ..resolution import Reason, Resolution
from .values import Desired, DesiredModule, ModuleState, Plan, RecordedModule, Step, StepKind


def plan(
    *,
    recorded: Mapping[str, RecordedModule],
    desired: Desired,
    resolution: Resolution,
    revisions: Mapping[str, str | None],
) -> Plan:
    """Plan the way to the desired state: modules that leave first, the others in load order, each step by step.

    What cannot run has no steps and keeps what is recorded of it, so that it comes back by itself. Applied to its own
    result the plan is empty.

    :param resolution: of the whole environment; a module that requires one nobody enabled is blocked here.
    :param revisions: the newest migration each module has on disk; ``None``, or no entry, for a module without tables.
    """
    planning = _Planning(recorded=recorded, desired=desired, resolution=resolution, revisions=revisions)
    planning.disable()
    for name in resolution.order:
        if planning.is_wanted(name):
            planning.add(resolution.modules[name])
    planning.explain_missing()
    return Plan(steps=tuple(planning.steps), blocked=planning.blocked, drift=tuple(planning.drift))


@dataclass(slots=True, kw_only=True)
class _Planning:
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    resolution: Resolution
    revisions: Mapping[str, str | None]
    steps: list[Step] = field(default_factory=list)
    blocked: dict[str, tuple[Reason, ...]] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)

    def is_wanted(self, name: str) -> bool:
        """Whether ``name`` shall run: somebody wishes so, or nobody wishes anything and it is enabled."""
        wish = self.desired.modules.get(name)
        return wish.enabled if wish else self._state(name) is ModuleState.ENABLED

    def disable(self) -> None:
        """Disable what is enabled and not wanted, those that require others first."""
        place = {name: number for number, name in enumerate(self.resolution.order)}
        leaving = [
            name for name in self.recorded if self._state(name) is ModuleState.ENABLED and not self.is_wanted(name)
        ]
        for name in sorted(leaving, key=lambda name: (place.get(name, -1), name), reverse=True):
            self._step("disable", name, f"disable {name}")

    def add(self, found: FoundModule) -> None:
        """Add the steps of one module that shall run, or the reasons it cannot."""
        if reasons := tuple(self._reasons(found)):
            self.blocked[found.name] = reasons
            return
        self.runs.add(found.name)
        record = self.recorded.get(found.name)
        if record is None or record.state is ModuleState.ABSENT:
            self._migrate(found.name, record.revision if record else None)
            self._step("install", found.name, f"install {found.name} {found.version}")
            self._step("enable", found.name, f"enable {found.name}")
            return
        self._migrate(found.name, record.revision)
        if record.version != str(found.version):
            self._step("upgrade", found.name, f"upgrade {found.name} from {record.version} to {found.version}")
        elif record.hash != found.hash and not found.editable:  # whoever edits a checkout knows
            self.drift.append(f"{found.name}: its files changed since version {record.version} was recorded")
            self._step("record", found.name, f"record the files of {found.name} {found.version} anew")
        if record.state is not ModuleState.ENABLED:
            self._step("enable", found.name, f"enable {found.name}")

    def explain_missing(self) -> None:
        """Say of everything wanted that has no place in the order why."""
        for name in sorted({*self.desired.modules, *self.recorded}):
            on_disk = name in self.resolution.modules or name in self.resolution.reasons
            if self._record(name) and not on_disk and self.is_wanted(name):
                self.drift.append(f"{name}: recorded, but not installed in this environment")
            if self.is_wanted(name) and name not in self.resolution.modules:
                self.blocked[name] = self.resolution.reasons.get(name) or (_not_installed(name, self._record(name)),)

    def _reasons(self, found: FoundModule) -> Iterator[Reason]:
        yield from _out_of_range(found, self.desired.modules.get(found.name))
        record = self._record(found.name)
        if record and record.revision != self.revisions.get(found.name) and _is_older(found, record):
            yield _schema_newer(found, record)
        for required in sorted(self.resolution.requires[found.name] - self.runs):
            yield _not_running(required, blocked=required in self.blocked)

    def _migrate(self, name: str, at: str | None) -> None:
        head = self.revisions.get(name)
        if head != at and head is not None:
            self._step("migrate", name, f"migrate {name} from {at or 'nothing'} to {head}")

    def _record(self, name: str) -> RecordedModule | None:
        record = self.recorded.get(name)
        return None if record is None or record.state is ModuleState.ABSENT else record

    def _state(self, name: str) -> ModuleState:
        record = self.recorded.get(name)
        return record.state if record else ModuleState.ABSENT

    def _step(self, kind: StepKind, name: str, text: str) -> None:
        self.steps.append(Step(kind=kind, module=name, text=text))


def recorded_after(
    step: Step, record: RecordedModule | None, *, found: FoundModule | None, revision: str | None
) -> RecordedModule | None:
    """What is recorded of a module once ``step`` is done.

    :param record: what was recorded before it.
    :param found: the module on disk; only ``disable`` does without.
    :param revision: the newest migration the module has on disk.
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
    )
    match step.kind:
        case "migrate":
            return replace(record, revision=revision)
        case "enable":
            return replace(record, state=ModuleState.ENABLED)
        case "install":
            record = replace(record, state=ModuleState.INSTALLED)
    return replace(record, distribution=found.distribution, version=str(found.version), hash=found.hash)


def _out_of_range(found: FoundModule, wish: DesiredModule | None) -> Iterator[Reason]:
    if wish and wish.version and not read_range(wish.version).contains(found.version, prereleases=True):
        wanted = range_text(read_range(wish.version))
        yield Reason(
            code="version_mismatch",
            text=f"{wanted} is wanted, but {found.version} is installed",
            remedy=f"pip install '{found.distribution}{wanted}', or change the range in hub.toml",
        )


def _is_older(found: FoundModule, record: RecordedModule) -> bool:
    try:
        return found.version < read_version(record.version)
    except TextInvalid:
        return found.version < Version("0")


def _schema_newer(found: FoundModule, record: RecordedModule) -> Reason:
    return Reason(
        code="schema_newer",
        text=f"its tables are at {record.revision} of version {record.version}, newer than the {found.version} on disk",
        remedy=f"pip install '{found.distribution}=={record.version}'",
    )


def _not_running(name: str, *, blocked: bool) -> Reason:
    if blocked:
        return Reason(
            code="requirement_blocked",
            text=f"needs {name}, which is blocked",
            remedy=f"See what blocks {name}: hub show {name}",
        )
    return Reason(code="requirement_disabled", text=f"needs {name}, which is not enabled", remedy=f"Enable {name}")


def _not_installed(name: str, record: RecordedModule | None) -> Reason:
    distribution = f"the distribution of {name}" if record is None else record.distribution
    return Reason(
        code="not_installed",
        text=f"{name} is wanted, but no distribution with that module is installed",
        remedy=f"pip install {distribution}" if record else f"Install {distribution}, or take {name} out of hub.toml",
    )
