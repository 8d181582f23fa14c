"""Routes that check who calls before they read anything: 401 and 403 come before 422."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute, APIWebSocketRoute
from hub_hookspecs import ANONYMOUS
from hub_hookspecs.host import SCOPE_KEY
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ..loading import FlatRoute, route_copy
from .call import WebCall
from .problems import problem_response
from .route_wrapping import RouteWrapping
from .sign_in_address import sign_in_address


class GuardedRoute(APIRoute):
    """An HTTP route of FastAPI behind its guard. It answers HEAD wherever it answers GET; the server drops the body."""

    permissions: tuple[str, ...] = ()
    is_page = False
    beginning = ""
    """What every path of this route contains; a look at it is ten times quicker than FastAPI's own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match HEAD as GET (RFC 9110, section 9.1), which FastAPI does not, to keep it out of OpenAPI."""
        if self.beginning not in scope["path"]:
            return Match.NONE, {}
        return super().matches(_with_head_as_get(scope))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let FastAPI go on."""
        refusal = refusal_of(scope, self.permissions, self.is_page) if self.permissions else None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await super().handle(_with_head_as_get(scope), receive, send)


class GuardedWebSocketRoute(APIWebSocketRoute):
    """A WebSocket route of FastAPI that refuses before it accepts."""

    permissions: tuple[str, ...] = ()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with an HTTP answer where the server can, else with a close frame; or let FastAPI go on."""
        refusal = refusal_of(scope, self.permissions, is_page=False) if self.permissions else None
        if refusal is None:
            await super().handle(scope, receive, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})


def refusal_of(scope: Scope, permissions: tuple[str, ...], is_page: bool) -> Response | None:
    """Why this caller may not go on, as an answer; ``None`` when they may."""
    call: WebCall = scope[SCOPE_KEY]
    principal = call.principal
    missing = [name for name in permissions if not principal.allows(name)]
    if not missing:
        return None
    if principal is ANONYMOUS:
        if is_page and scope["method"] in ("GET", "HEAD"):
            return RedirectResponse(sign_in_address(scope, call.path), status_code=303)
        return problem_response(
            call, 401, "not_signed_in", "Send a valid token: Authorization: Bearer …",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    return problem_response(call, 403, "permission_missing", f"This needs the permission {', '.join(missing)}")


def guarded_route(flat: FlatRoute, wrapping: RouteWrapping | None = None) -> BaseRoute:
    """Build what is served from what was checked: FastAPI's own route, copied flat, with its guard and, behind it, what wraps it."""
    context = flat.context
    if flat.is_websocket:
        assert context.endpoint is not None
        socket = GuardedWebSocketRoute(flat.path, context.endpoint, name=context.name, dependencies=flat.dependencies)
        socket.permissions = flat.permissions
        return socket
    kind = _route_class(type(context.original_route))
    route = route_copy(flat, kind if wrapping is None else _wrapped(kind, wrapping))
    route.permissions, route.is_page = flat.permissions, flat.is_page
    if type(context.original_route).matches is APIRoute.matches:  # a module's own may match whatever it likes
        route.beginning = flat.path.partition("{")[0]
    return route


def _with_head_as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope


def _route_class(original: type[BaseRoute]) -> type[GuardedRoute]:
    if original is APIRoute:
        return GuardedRoute
    return type(f"Guarded{original.__name__}", (GuardedRoute, original), {})


def _wrapped(kind: type[GuardedRoute], wrapping: RouteWrapping) -> type[GuardedRoute]:
    def get_route_handler(route: GuardedRoute) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return wrapping.around(kind.get_route_handler(route))

    return type(f"Wrapped{kind.__name__}", (kind,), {"get_route_handler": get_route_handler})
