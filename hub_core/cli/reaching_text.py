"""What one module changes of others, and which modules change something of it, for ``hub show``."""

from collections.abc import Sequence
from typing import Any

from ..manifest import Manifest
from ..planning import ListedModule


def reaching(module: ListedModule, others: Sequence[ListedModule]) -> dict[str, list[dict[str, Any]]]:
    """What it extends and wraps; and, in load order, the modules that extend and wrap it, each with its state.

    :param others: all modules of the listing, in load order.
    """
    own = _manifest(module)
    manifests = [(each, manifest) for each in others if (manifest := _manifest(each)) and each.name != module.name]
    return {
        "extends": [{"model": each.model, "fields": list(each.fields)} for each in own.extends] if own else [],
        "extended_by": [
            {"module": other.name, "model": each.model, "fields": list(each.fields), "state": other.state}
            for other, manifest in manifests
            for each in manifest.extends
            if each.module == module.name
        ],
        "wraps": [{"route": each.route} for each in own.overrides] if own else [],
        "wrapped_by": [
            {"module": other.name, "route": each.route, "state": other.state}
            for other, manifest in manifests
            for each in manifest.overrides
            if each.module == module.name
        ],
    }


def _manifest(module: ListedModule) -> Manifest | None:
    return module.found.manifest if module.found else None
