"""A module's routers as a flat list of routes, each with its guard.

FastAPI keeps included routers as a tree whose leaves see changes made later. The hub walks it once, so that what it
checked is what it serves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute, APIWebSocketRoute, RouteContext, iter_route_contexts
from hub_hookspecs import RouterMount
from hub_hookspecs.web import Guard, guard_of

from ..errors import HubError


class RouteNotGuarded(HubError):
    """Routes of a module do not say who may call them; all are named."""

    code = "route_not_guarded"

    def __init__(self, module: str, faults: Sequence[str]) -> None:
        super().__init__(
            f"{module}: {len(faults)} route{'s' if len(faults) > 1 else ''} cannot be served",
            cause="; ".join(faults),
            remedy='Give each route dependencies=[requires("…")] with declared permissions, or [public()]',
        )
        self.module, self.faults = module, tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRoute:
    """One route at its full path. ``permissions`` is empty for a public route."""

    context: RouteContext
    path: str
    methods: frozenset[str]
    permissions: tuple[str, ...]
    dependencies: tuple[Depends, ...]
    is_page: bool

    @property
    def name(self) -> str:
        """What it is called: its function's name, unless it says otherwise."""
        return str(self.context.name)

    @property
    def is_websocket(self) -> bool:
        """Whether this is a WebSocket route; it has no methods then."""
        return isinstance(self.context.original_route, APIWebSocketRoute)


def flat_routes(
    module: str, mounts: Sequence[tuple[str, RouterMount]], declared: frozenset[str], *, are_pages: bool
) -> tuple[FlatRoute, ...]:
    """List every route of ``mounts`` (prefix and mount) with its guard.

    :raises RouteNotGuarded: naming every route without exactly one of ``requires`` and ``public``, with a permission the
        module does not declare, or of a kind that cannot carry a guard (a mount, a plain Starlette route, a frontend).
    """
    routes, faults = [], []
    for prefix, mount in mounts:
        for context in _contexts(mount.router, prefix):
            found = _flat_route(context, are_pages)
            fault = found if isinstance(found, str) else _permission_fault(found, declared)
            if fault:
                faults.append(fault)
            elif isinstance(found, FlatRoute):
                routes.append(found)
    if faults:
        raise RouteNotGuarded(module, faults)
    return tuple(routes)


def _contexts(router: APIRouter, prefix: str) -> Iterator[RouteContext]:
    if not isinstance(router, APIRouter):
        raise TypeError(f"{router!r} is not a fastapi.APIRouter")
    outer = APIRouter()
    outer.include_router(router, prefix=prefix)
    yield from iter_route_contexts(outer.routes)
    for included in outer.routes:
        # Frontends are kept apart from the routes; a copy without them would drop them silently.
        for context in getattr(included, "effective_low_priority_routes", tuple)():
            yield RouteContext(context.original_route, context)


def _flat_route(context: RouteContext, is_page: bool) -> FlatRoute | str:
    route = context.original_route
    path = context.path or getattr(route, "path", None) or type(route).__name__
    methods = frozenset(context.methods or ()) if isinstance(route, APIRoute) else frozenset()
    label = f"{','.join(sorted(methods)) or type(route).__name__} {path}"
    if not isinstance(route, APIRoute | APIWebSocketRoute):
        return f"{label}: a {type(route).__name__} cannot carry a permission; use a FastAPI route, or static/ for files"
    dependencies: tuple[Depends, ...] = tuple(context.dependencies)
    guards = [guard for guard in map(guard_of, dependencies) if guard is not None]
    if any(guard not in guards for guard in _guards_below(context.dependant)):
        return f"{label}: a guard stands in a parameter; put it into dependencies=[…] of the route or its router"
    if not guards:
        return f"{label}: neither requires() nor public()"
    if any(not guard.permissions for guard in guards) and any(guard.permissions for guard in guards):
        return f"{label}: both requires() and public()"
    return FlatRoute(
        context=context,
        path=path,
        methods=methods,
        permissions=tuple(dict.fromkeys(name for guard in guards for name in guard.permissions)),
        dependencies=tuple(each for each in dependencies if guard_of(each) is None),
        is_page=is_page,
    )


def _guards_below(dependant: Dependant) -> Iterator[Guard]:
    for child in dependant.dependencies:
        if isinstance(child.call, Guard):
            yield child.call
        yield from _guards_below(child)


def _permission_fault(route: FlatRoute, declared: frozenset[str]) -> str | None:
    unknown = [name for name in route.permissions if name not in declared]
    if not unknown:
        return None
    label = ",".join(sorted(route.methods)) or "WebSocket"
    return f"{label} {route.path}: permission {', '.join(unknown)} is not declared in the manifest"
