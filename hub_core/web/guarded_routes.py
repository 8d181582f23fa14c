"""Routes that check who calls before they read anything: 401 and 403 come before 422."""

from functools import partial
from typing import Any

from fastapi.datastructures import Default
from fastapi.routing import APIRoute, APIWebSocketRoute
from hub_hookspecs import ANONYMOUS
from hub_hookspecs.host import SCOPE_KEY
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ..loading import FlatRoute
from .call import WebCall
from .problems import MEDIA_TYPE, problem_response
from .sign_in_address import sign_in_address

PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_COPIED = (
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "status_code",
    "tags",
    "summary",
    "description",
    "response_description",
    "deprecated",
    "name",
    "operation_id",
    "include_in_schema",
    "response_class",
    "callbacks",
    "generate_unique_id_function",
    "strict_content_type",
    "max_body_size",
)


class GuardedRoute(APIRoute):
    """An HTTP route of FastAPI behind its guard. It answers HEAD wherever it answers GET; the server drops the body."""

    permissions: tuple[str, ...] = ()
    is_page = False

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match HEAD as GET (RFC 9110, section 9.1), which FastAPI does not, to keep it out of OpenAPI."""
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


def guarded_route(flat: FlatRoute) -> BaseRoute:
    """Build what is served from what was checked: FastAPI's own route, copied flat, with its guard."""
    context, original, endpoint = flat.context, flat.context.original_route, flat.context.endpoint
    assert endpoint is not None
    if flat.is_websocket:
        socket = GuardedWebSocketRoute(flat.path, endpoint, name=context.name, dependencies=flat.dependencies)
        socket.permissions = flat.permissions
        return socket
    assert isinstance(original, APIRoute)
    build = partial(_route_class(type(original)), flat.path, endpoint)
    route: GuardedRoute = build(
        **{name: getattr(context, name) for name in _COPIED},
        methods=sorted(flat.methods),
        dependencies=flat.dependencies,
        response_model=Default(None) if context.stream_item_type else context.response_model,
        responses={**PROBLEM_ANSWER, **context.responses},
        openapi_extra=_with_security(context.openapi_extra, flat.permissions),
        form_limits=original.form_limits or None,
    )
    route.permissions, route.is_page = flat.permissions, flat.is_page
    route.include_in_schema = route.include_in_schema and not flat.is_page
    return route


def _with_head_as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope


def _route_class(original: type[APIRoute]) -> type[GuardedRoute]:
    if original is APIRoute:
        return GuardedRoute
    return type(f"Guarded{original.__name__}", (GuardedRoute, original), {})


def _with_security(extra: dict[str, Any] | None, permissions: tuple[str, ...]) -> dict[str, Any] | None:
    if not permissions:
        return extra
    return {**(extra or {}), "security": [{"token": []}], "x-permissions": list(permissions)}
