"""How the hub stands before it serves: what is on disk and recorded, what was loaded, and why the rest was not."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from ..catalog import Catalog, Reason
from ..containment import is_contained
from ..database import schema_of
from ..errors import HubError
from ..loading import LoadedModule, ModuleFailed, load
from ..planning import Desired, Failure, ListedModule, RecordedModule, listing
from ..resolution import Resolution
from ..settings import HubSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyModule:
    """A loaded module with its settings; it may start."""

    loaded: LoadedModule
    settings: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything a process needs to serve, read once."""

    catalog: Catalog
    resolution: Resolution
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    ready: tuple[ReadyModule, ...]
    failures: Mapping[str, Failure]
    token_digests: tuple[tuple[str, str], ...]

    def schemas(self) -> tuple[str, ...]:
        """The schemas of the modules whose tables have one of their own."""
        placed = [name for name, row in self.recorded.items() if row.placement == "schema"]
        return tuple(map(schema_of, sorted(placed)))

    def listing(self, failures: Mapping[str, Failure]) -> tuple[ListedModule, ...]:
        """What listings say, with the modules that did not come up among the conditions."""
        return listing(self.catalog, self.resolution, self.recorded, failures, self.desired)


def failed(error: ModuleFailed) -> Failure:
    """A module's failure as listings tell it: phase and kind, never the text of somebody's exception."""
    condition = "needs configuration" if error.phase == "configuration" else "failed"
    code = f"{condition}_{error.phase}".replace(" ", "_") if condition == "failed" else "needs_configuration"
    text = error.cause if condition != "failed" else f"{error.phase} ({error.kind})"
    return Failure(condition=condition, reason=Reason(code=code, text=text or "", remedy=error.remedy))


class Bringing:
    """Loads modules in order; one that fails blocks those that require it, and no other."""

    def __init__(self, settings: HubSettings, resolution: Resolution, desired: Desired) -> None:
        self._settings, self._resolution, self._desired = settings, resolution, desired
        self.ready: list[ReadyModule] = []
        self.failures: dict[str, Failure] = {}
        self.errors: list[ModuleFailed] = []

    def bring(self, name: str, prepare: Callable[[LoadedModule], None]) -> None:
        """Load one module, let ``prepare`` do what its plan asks, and read its settings."""
        missing = [each for each in sorted(self._resolution.requires[name]) if each in self.failures]
        if missing:
            text = f"needs {', '.join(missing)}, which could not be brought up"
            reason = Reason(code="requirement_failed", text=text, remedy=f"See why: hub show {missing[0]}")
            self.failures[name] = Failure(condition="blocked", reason=reason)
            return
        try:
            loaded = load(self._resolution.modules[name], self._settings.areas)
            prepare(loaded)
            self.ready.append(ReadyModule(loaded=loaded, settings=self._module_settings(loaded)))
        except ModuleFailed as error:
            log.error("%s failed: %s", name, error.phase, exc_info=error.__cause__)
            self.errors.append(error)
            self.failures[name] = failed(error)

    def _module_settings(self, loaded: LoadedModule) -> Any:
        if loaded.settings_model is None:
            return None
        wish = self._desired.modules.get(loaded.name)
        values = _overlaid(wish.settings if wish else {}, self._settings.modules.get(loaded.name, {}))
        try:
            return loaded.settings_model.model_validate(values)
        except ValidationError as error:
            raise ModuleFailed(loaded.name, "configuration", SettingsOfModuleInvalid(loaded.name, error)) from None
        except BaseException as error:  # a validator may raise anything
            if not is_contained(error):
                raise
            raise ModuleFailed(loaded.name, "settings", error) from error


class SettingsOfModuleInvalid(HubError):
    """A module's settings do not fit its model. Values are left out: one may be a secret."""

    code = "module_settings_invalid"

    def __init__(self, module: str, error: ValidationError) -> None:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False)]
        super().__init__(
            f"the settings of {module} are not valid",
            cause="; ".join(faults),
            remedy=f"Correct [modules.{module}.settings] in hub.toml or HUB_MODULES__{module.upper()}__… and start again",
        )


class PlanPending(HubError):
    """A module was changed on disk or in hub.toml, and nobody has applied it yet."""

    code = "plan_pending"

    def __init__(self, module: str, steps: Sequence[str]) -> None:
        super().__init__(
            f"{module} has changes that were not applied",
            cause="; ".join(steps),
            remedy="Run `hub up`, which applies them; `hub plan` shows them",
        )


def _overlaid(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """``upper`` over ``lower``, table by table."""
    result = dict(lower)
    for key, value in upper.items():
        below = result.get(key)
        result[key] = _overlaid(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result
