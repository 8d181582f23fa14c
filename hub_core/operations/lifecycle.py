"""The lifecycle hooks of a module: which of them its steps call, and their calls as work in the transaction of the change."""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from hub_hookspecs import ChangeContext, ChangeRefused
from sqlalchemy import Connection

from ..errors import HubError
from ..hooks import limited
from ..loading import LoadedModule, ModuleFailed, module_settings
from ..migrations import MigrationFailed
from ..planning import ModuleState, Plan, RecordedModule, Step
from .standing import ReadyModule

BEFORE: Final = {"install": "hub_before_install", "upgrade": "hub_before_upgrade"}
"""The hooks that are called ahead of the revisions, by the kind of their step."""
AFTER: Final = {
    "install": "hub_after_install",
    "upgrade": "hub_after_upgrade",
    "enable": "hub_enabled",
    "disable": "hub_disabled",
}
"""Those that are called behind them."""
_PHASES: Final = {"hub_enabled": "enabling", "hub_disabled": "disabling"}
_LONGEST_REASON: Final = 500

Calls = Mapping[str, Callable[[Connection], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a module's own code does in a change of it: the calls of its hooks, ahead of the revisions and behind them.

    ``loaded`` is there when that code was needed.
    """

    loaded: LoadedModule | None = None
    before: Calls = field(default_factory=dict)
    after: Calls = field(default_factory=dict)


class HooksPassedOver(HubError):
    """An upgrade would be migrated without the hooks that belong to it."""

    code = "hooks_passed_over"

    def __init__(self, module: str, hooks: Iterable[str], steps: Iterable[str]) -> None:
        super().__init__(
            f"{module} cannot be migrated by itself",
            cause=f"{', '.join(hooks)} of {module} must be called with its revisions, by: {', '.join(steps)}",
            remedy="Run hub up, which calls them",
        )


def called_hooks(module: ReadyModule, steps: Sequence[Step]) -> tuple[str, ...]:
    """The hooks that ``module`` implements and ``steps`` call, in the order they are called."""
    kinds = [step.kind for step in steps]
    order = [each[kind] for each in (BEFORE, AFTER) for kind in kinds if kind in each]
    return tuple(hook for hook in order if hook in module.description.hooks)


def refuse_passing_over(module: ReadyModule, steps: Sequence[Step], plan: Plan) -> None:
    """Refuse to run revisions without the installation or upgrade they belong to, when that calls hooks.

    :raises ModuleFailed: naming the hooks.
    """
    belonging = [each for each in plan.steps if each.module == module.name and each.kind in BEFORE]
    hooks = called_hooks(module, belonging)
    if hooks and not any(step.kind in BEFORE for step in steps):
        error = HooksPassedOver(module.name, hooks, (step.text for step in belonging))
        raise ModuleFailed(module.name, "migration", error) from error


def change_of(
    module: ReadyModule, loaded: LoadedModule, hooks: Iterable[str], row: RecordedModule | None, seconds: float
) -> Change:
    """The calls of ``hooks``, by name.

    :param row: what is recorded of the module before the change.
    :param seconds: how long each may take.
    :raises ModuleFailed: in the phase *configuration* when the settings do not fit.
    """
    told = {
        "name": module.name,
        "version": str(module.found.version),
        "from_version": row.version if row and row.state is not ModuleState.ABSENT else None,
        "settings": module_settings(loaded, module.settings),
    }
    calls = {hook: partial(_call, loaded, hook, told, seconds) for hook in hooks}
    return Change(
        loaded=loaded,
        before={hook: call for hook, call in calls.items() if hook in BEFORE.values()},
        after={hook: call for hook, call in calls.items() if hook in AFTER.values()},
    )


def hook_failed(error: MigrationFailed) -> ModuleFailed:
    """The failure of a module whose hook ended its change."""
    hook, raised = str(error.hook), error.__cause__
    phase = _PHASES.get(hook) or hook.removeprefix("hub_").replace("_", " ")
    kind = " ".join(str(raised.reason).split())[:_LONGEST_REASON] if isinstance(raised, ChangeRefused) else None
    return ModuleFailed(error.module, phase, error, kind=kind or type(raised).__name__)


def _call(loaded: LoadedModule, hook: str, told: Mapping[str, Any], seconds: float, connection: Connection) -> None:
    # what a hook prints is for people; standard output may be read by a program
    with redirect_stdout(sys.stderr), limited(connection, seconds):
        answer = loaded.hooks.call(hook, context=ChangeContext(connection=connection, **told))
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError(f"{hook} answered a coroutine, which nobody can wait for in this transaction")
