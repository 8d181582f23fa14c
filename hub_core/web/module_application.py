"""One application per module, built from flat guarded routes at its first request.

What a module does to its application (middleware, exception handlers, ``app.state``) stays in it.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from hub_hookspecs.host import SCOPE_KEY
from opentelemetry import trace
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ..loading import FlatRoute
from ..runtime import Hub, LiveModule
from .call import WebCall
from .guarded_routes import guarded_route
from .problems import exception_handlers
from .route_wrapping import RouteWrapping


class ModuleApplication(FastAPI):
    """A FastAPI application whose errors the hub answers. Bugs pass through to the entrance, which logs them once."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(openapi_url=None, docs_url=None, redoc_url=None, **arguments)

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's handling of expected exceptions and FastAPI's stack for files; nothing that answers bugs."""
        return _NamedSpan(ExceptionMiddleware(AsyncExitStackMiddleware(self.router), handlers=exception_handlers()))


class _NamedSpan:
    """Says in FastAPI's span of a request which module answers it, where spans are made."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "fastapi.telemetry" in scope:
            call: WebCall = scope[SCOPE_KEY]
            trace.get_current_span().set_attribute("hub.module", call.module)
        await self._app(scope, receive, send)


class ModuleFace:
    """What the dispatcher calls for one live module."""

    def __init__(self, hub: Hub, live: LiveModule) -> None:
        self._hub, self.live = hub, live
        self._application: ModuleApplication | None = None

    @property
    def application(self) -> ModuleApplication:
        """The module's application, built now if this is the first time."""
        if self._application is None:
            application = ModuleApplication(title=self.live.manifest.title)
            application.router.routes.extend(
                guarded_route(flat, self._wrapping(flat)) for flat in self.live.loaded.routes
            )
            self._application = application
        return self._application

    def _wrapping(self, flat: FlatRoute) -> RouteWrapping | None:
        route = f"{self.live.name}:{flat.name}"
        wrappers = self._hub.wrappers.get(route)
        return RouteWrapping(self._hub, route, wrappers) if wrappers and not flat.is_websocket else None
