"""One request as the contract sees it: who calls, which module answers, in which session."""

import os
import re
from typing import TYPE_CHECKING, Any, TypeVar

from hub_hookspecs import ANONYMOUS, Principal
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Scope

from ..database import CallSession
from ..runtime import Hub, LiveModule

if TYPE_CHECKING:
    from .templates import Templates

T = TypeVar("T")

COOKIE = "hub_sign_in"
CORE = "hub"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class WebCall:
    """The contract's ``Call`` for one HTTP request or WebSocket."""

    __slots__ = ("_principal", "_session", "hub", "live", "path", "request_id", "scope", "templates")

    def __init__(self, hub: Hub, templates: "Templates", scope: Scope) -> None:
        self.hub, self.templates, self.scope = hub, templates, scope
        self.path: str = _path_below_root(scope)
        self.live: LiveModule | None = None
        self._session: CallSession | None = None
        self._principal: Principal | None = None
        self.request_id = _request_id(scope)

    @property
    def module(self) -> str:
        """The module that answers; ``hub`` for the core's own routes."""
        return self.live.name if self.live is not None else CORE

    @property
    def settings(self) -> Any:
        """The settings of that module."""
        return self.live.settings if self.live is not None else None

    @property
    def principal(self) -> Principal:
        """Who is calling, from a bearer token; for pages also from the sign-in cookie, on GET and HEAD only."""
        if self._principal is None:
            self._principal = _authenticated(self) or ANONYMOUS
        return self._principal

    @property
    def open_session(self) -> CallSession | None:
        """The session, if this request has asked for one."""
        return self._session

    def session(self) -> AsyncSession:
        """The session of this request, opened now if this is the first time."""
        if self._session is None:
            read_only = self.scope.get("method") in ("GET", "HEAD")
            self._session = CallSession(self.hub.database, read_only=read_only)
        return self._session.get()

    def service(self, protocol: type[T]) -> T:
        """Find a service by its Protocol."""
        return self.hub.services.find(protocol)

    def render(self, template: str, values: dict[str, Any]) -> str:
        """Render a template of the module that answers."""
        return self.templates.render(self, template, values)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first value of a request header; ``name`` in lower case."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


def headers(scope: Scope, name: bytes) -> list[bytes]:
    """All values of a request header; ``name`` in lower case."""
    return [value for key, value in scope["headers"] if key == name]


def is_page_path(path: str) -> bool:
    """Whether people read what lies here, so that errors and refusals are shown as pages."""
    return not path.startswith(("/api/", "/health/", "/static/", "/openapi.json"))


def _path_below_root(scope: Scope) -> str:
    """The path as the hub's routes know it, whatever prefix a proxy or ``--root-path`` put before it (ASGI, root_path)."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) or "/" if root and path.startswith(root) else path


def _request_id(scope: Scope) -> str:
    given = header(scope, b"x-request-id")
    if given is not None and _GIVEN_ID.fullmatch(given):
        return given.decode("ascii")
    return os.urandom(16).hex()


def _authenticated(call: WebCall) -> Principal | None:
    hub, scope = call.hub, call.scope
    authorizations = headers(scope, b"authorization")
    if len(authorizations) > 1:
        return None  # a proxy may have looked at the other one
    if authorizations:
        scheme, _, token = authorizations[0].decode("latin-1").partition(" ")
        return hub.access.by_bearer(token.strip()) if scheme.lower() == "bearer" else None
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and is_page_path(call.path):
        value = _cookie(scope)
        return hub.access.by_cookie(value) if value else None
    return None


def _cookie(scope: Scope) -> str | None:
    # HTTP/2 may send a header per cookie; joined they are what HTTP/1 sends (RFC 9113, section 8.2.3)
    for part in b";".join(headers(scope, b"cookie")).decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None
