"""The settings of one module: the values somebody gave, held against the module's own model."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ..containment import is_contained
from ..errors import HubError
from .hidden_values import without_values
from .loaded_module import LoadedModule, ModuleFailed


class SettingsOfModuleInvalid(HubError):
    """A module's settings do not fit its model. Values are left out: one may be a secret."""

    code = "module_settings_invalid"

    def __init__(self, module: str, cause: str) -> None:
        super().__init__(
            f"the settings of {module} are not valid",
            cause=cause,
            remedy=f"Correct [modules.{module}.settings] in hub.toml or HUB_MODULES__{module.upper()}__… and start again",
        )


class SettingsNotMade(HubError):
    """A module's model failed over its settings. In place of what it raised, whose text may have a value."""

    code = "module_settings_not_made"

    def __init__(self, module: str, cause: str) -> None:
        super().__init__(
            f"the settings of {module} could not be made",
            cause=cause,
            remedy=f"Correct {module}, or install a release that works",
        )


def module_settings(loaded: LoadedModule, values: Mapping[str, Any]) -> Any:
    """The settings as the module's model makes them; ``None`` for a module without any.

    :raises ModuleFailed: in the phase *configuration* when the values do not fit. No text of it has one of them.
    """
    if loaded.settings_model is None:
        return None
    try:
        return loaded.settings_model.model_validate(values)
    except ValidationError as error:
        phase, kind = "configuration", None
        cause: HubError = SettingsOfModuleInvalid(loaded.name, _faults(error, values))
    except BaseException as error:  # a validator may raise anything
        if not is_contained(error):
            raise
        phase, kind = "settings", type(error).__name__
        cause = SettingsNotMade(loaded.name, _told(error, values)).with_traceback(error.__traceback__)
    # not where it was caught: what the module raised would be kept as the context, and its text be logged with it
    raise ModuleFailed(loaded.name, phase, cause, kind=kind) from cause


def _faults(error: ValidationError, values: Mapping[str, Any]) -> str:
    try:
        faults = error.errors(include_input=False, include_url=False)
    except BaseException as raised:  # to tell of a validator's error runs code of the module
        if not is_contained(raised):
            raise
        return f"{error.error_count()} values do not fit"
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {without_values(each['msg'], values)}" for each in faults)


def _told(error: BaseException, values: Mapping[str, Any]) -> str:
    name = type(error).__name__
    try:
        return f"{name}: {without_values(str(error), values)}"
    except BaseException as raised:
        if not is_contained(raised):
            raise
        return name
