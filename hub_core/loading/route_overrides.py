"""What a module wraps of the routes of others, held against its manifest and the routes that are there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import iscoroutinefunction, unwrap
from typing import Any

from hub_hookspecs import RouteOverride

from ..manifest import Manifest, did_you_mean
from .routes import FlatRoute


def checked_overrides(overrides: Sequence[RouteOverride], manifest: Manifest) -> Mapping[str, RouteOverride]:
    """The overrides by the route they wrap, if they are those of the manifest.

    :raises ValueError: when the manifest says something else. :raises TypeError: for a wrapper that is no async function.
    """
    declared, given = sorted(each.route for each in manifest.overrides), sorted(each.route for each in overrides)
    if declared != given:
        raise ValueError(
            f"hub-module.toml overrides {', '.join(declared) or 'no route'}, "
            f"hub_route_overrides gives {', '.join(given) or 'none'}"
        )
    for each in overrides:
        wrap: Any = unwrap(each.wrap)
        if not iscoroutinefunction(wrap) and not iscoroutinefunction(getattr(wrap, "__call__", None)):  # noqa: B004
            raise TypeError(f"what wraps {each.route} is not an async function")
    return {each.route: each for each in overrides}


def refuse_unknown_routes(manifest: Manifest, routes: Mapping[str, Sequence[FlatRoute]]) -> None:
    """See that each route it wraps is there, and one only.

    :param routes: by module, of those it requires.
    :raises LookupError: naming each that is not, and one that is called alike.
    """
    faults = []
    for each in manifest.overrides:
        known = Counter(flat.name for flat in routes.get(each.module, ()) if not flat.is_websocket)
        name = each.route.partition(":")[2]
        if name not in known:
            faults.append(f"{each.module} has no route {name}{did_you_mean(name, tuple(known))}")
        elif known[name] > 1:
            faults.append(f"{each.module} has {known[name]} routes called {name}, and an override is of one")
    if faults:
        raise LookupError("; ".join(faults))
