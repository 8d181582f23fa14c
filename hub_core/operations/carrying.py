"""Carry out the steps of a plan: each module is loaded, migrated and recorded before the next one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..database import DatabaseUrl, connect
from ..loading import LoadedModule, ModuleFailed
from ..migrations import RevisionRun, heads, upgrade
from ..planning import RecordedModule, Step, recorded_after
from ..registry import finish_operation, record, start_operation
from ..settings import HubSettings
from .environment import Situation
from .standing import Bringing

OnRevision = Callable[[RevisionRun], None]


def carry_out(
    url: DatabaseUrl, settings: HubSettings, now: Situation, steps: Sequence[Step], on_revision: OnRevision
) -> tuple[Bringing, Mapping[str, RecordedModule]]:
    """Take ``steps`` module by module while loading them, each recorded as it is done, and journal the whole.

    Answers what was loaded and what is recorded afterwards."""
    bringing = Bringing(settings, now.resolution, now.desired)
    carrying = _Carrying(url, now, on_revision)
    operation = carrying.start(steps) if steps else None
    for step in steps:
        if step.kind == "disable":
            carrying.record(step.module, [step])
    for name in now.wanted():
        ahead = [step for step in steps if step.module == name and step.kind != "disable"]
        bringing.bring(name, partial(carrying.take, ahead))
    if operation is not None:
        carrying.finish(operation, bringing)
    return bringing, carrying.recorded


class _Carrying:
    """Carries out steps and records them."""

    def __init__(self, url: DatabaseUrl, now: Situation, on_revision: OnRevision) -> None:
        self._url, self._now, self._on_revision = url, now, on_revision
        self.recorded: dict[str, RecordedModule] = dict(now.recorded)

    def start(self, steps: Sequence[Step]) -> str:
        """Journal what is about to be done."""
        with connect(self._url) as connection:
            operation = start_operation(connection, kind="up", detail=[step.text for step in steps])
            connection.commit()
        return operation

    def finish(self, operation: str, bringing: Bringing) -> None:
        """Journal how it ended."""
        outcome = "partly" if bringing.failures else "done"
        with connect(self._url) as connection:
            finish_operation(connection, operation, outcome=outcome)
            connection.commit()

    def take(self, steps: Sequence[Step], loaded: LoadedModule) -> None:
        """Migrate one module and record its steps; a failed migration leaves its data and its record as they were."""
        name, revision = loaded.name, self._now.newest_revision(loaded.name)
        if loaded.migrations is not None:
            # Asked of the loaded module: only then does an explicit hub_migrations say where its revisions are.
            revision = next(iter(heads(loaded.migrations)), None)
            if revision != self._revision_of(name):
                try:
                    upgrade(self._url, loaded.migrations, on_revision=self._on_revision)
                except Exception as error:
                    raise ModuleFailed(name, "migration", error) from error
                steps = [migrate_step(name, revision), *steps]
        self.record(name, steps, revision)

    def record(self, name: str, steps: Sequence[Step], revision: str | None = None) -> None:
        """Write down what is true of a module once ``steps`` are done."""
        if not steps:
            return
        row, found = self.recorded.get(name), self._now.resolution.modules.get(name)
        for step in steps:
            row = recorded_after(step, row, found=found, revision=revision)
        if row is not None:
            self.recorded[name] = row
            with connect(self._url) as connection:
                record(connection, row)
                connection.commit()

    def _revision_of(self, name: str) -> str | None:
        row = self.recorded.get(name)
        return row.revision if row else None


def migrate_step(name: str, revision: str | None) -> Step:
    """The step that a migration is recorded by."""
    return Step(kind="migrate", module=name, text=f"migrate {name} to {revision}")
