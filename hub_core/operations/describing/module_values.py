"""What a module is configured with: what hub.toml or the database say, under what the environment says."""

from collections.abc import Mapping
from typing import Any

from ...planning import Desired
from ...settings import HubSettings


def module_values(settings: HubSettings, desired: Desired, module: str) -> dict[str, Any]:
    """The values given for the settings of ``module``, not yet held against its model."""
    wish = desired.modules.get(module)
    return _overlaid(wish.settings if wish else {}, settings.modules.get(module, {}))


def _overlaid(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """``upper`` over ``lower``, table by table."""
    result = dict(lower)
    for key, value in upper.items():
        below = result.get(key)
        result[key] = _overlaid(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result
