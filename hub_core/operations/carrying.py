"""Carry out the steps of a plan: each module is loaded, migrated and recorded before the next one."""

from collections.abc import Callable, Sequence
from functools import partial

from ..database import DatabaseUrl, connect
from ..loading import LoadedModule, ModuleFailed
from ..migrations import RevisionRun, upgrade
from ..planning import RecordedModule, Step, recorded_after
from ..registry import finish_operation, record, start_operation
from ..settings import HubSettings
from .environment import Situation
from .standing import Bringing

OnRevision = Callable[[RevisionRun], None]


def carry_out(
    url: DatabaseUrl, settings: HubSettings, now: Situation, steps: Sequence[Step], on_revision: OnRevision
) -> Bringing:
    """Take ``steps`` module by module while loading them, each recorded as it is done, and journal the whole."""
    bringing = Bringing(settings, now.resolution, now.desired)
    carrying = _Carrying(url, now, on_revision)
    operation = carrying.start(steps) if steps else None
    for step in steps:
        if step.kind == "disable":
            carrying.record(step)
    for name in now.wanted():
        ahead = [step for step in steps if step.module == name and step.kind != "disable"]
        bringing.bring(name, partial(carrying.take, ahead))
    if operation is not None:
        carrying.finish(operation, bringing)
    return bringing


class _Carrying:
    """Carries out steps and records them."""

    def __init__(self, url: DatabaseUrl, now: Situation, on_revision: OnRevision) -> None:
        self._url, self._now, self._on_revision = url, now, on_revision
        self._recorded: dict[str, RecordedModule] = dict(now.recorded)

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
        """Take the steps of one module; a failed migration leaves its data and its record as they were."""
        for step in steps:
            if step.kind == "migrate" and loaded.migrations is not None:
                try:
                    upgrade(self._url, loaded.migrations, on_revision=self._on_revision)
                except Exception as error:
                    raise ModuleFailed(loaded.name, "migration", error) from error
            self.record(step)

    def record(self, step: Step) -> None:
        """Write down what is true once ``step`` is done."""
        name = step.module
        row = recorded_after(
            step,
            self._recorded.get(name),
            found=self._now.resolution.modules.get(name),
            revision=self._now.revisions.get(name),
        )
        if row is None:
            return
        self._recorded[name] = row
        with connect(self._url) as connection:
            record(connection, row)
            connection.commit()
