"""The core application: the hub's own routes, the dispatcher to the modules, and the entrance around both."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from hub_hookspecs import RouterMount
from starlette.types import ASGIApp, Receive, Scope, Send

from ..loading import FlatRoute, flat_routes
from ..runtime import Hub
from .audit import Audit
from .core_routes import ROUTERS
from .core_routes.metrics import METRICS_READ
from .core_routes.module_operations import MODULES_MANAGE
from .core_routes.modules import MODULES_READ
from .dispatch import Dispatcher
from .entrance import Entrance
from .guarded_routes import guarded_route
from .module_application import ModuleApplication, ModuleFace
from .openapi import MergedOpenApi
from .templates import Templates

log = logging.getLogger(__name__)

CORE_PERMISSIONS = frozenset({METRICS_READ, MODULES_MANAGE, MODULES_READ})


def core_routes() -> tuple[FlatRoute, ...]:
    """The hub's own routes, each at its full path."""
    mounts = [("", RouterMount(router=router)) for router in ROUTERS]
    return tuple(flat_routes("hub", mounts, CORE_PERMISSIONS, are_pages=False))


def application(hub: Hub) -> ASGIApp:
    """Build the ASGI application of one hub; its lifespan starts and stops the hub."""
    flat = core_routes()
    faces = {name: ModuleFace(hub, live) for name, live in hub.modules.items()}
    absent = hub.unavailable()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        try:
            yield
        finally:
            await hub.stop()

    core = ModuleApplication(lifespan=lifespan)
    core.state.openapi = MergedOpenApi(flat, hub.modules, hub.wrappers)
    dispatcher = Dispatcher(Audit(_Core(core, flat), hub), hub, faces, absent)
    return Entrance(dispatcher, hub, Templates(hub))


class _Core:
    """The core's routes, guarded at the first request to one of them, as those of a module are: a start has no use for them."""

    def __init__(self, core: ModuleApplication, flat: Iterable[FlatRoute]) -> None:
        self._core, self._flat = core, flat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and not self._core.router.routes:
            self._core.router.routes[:] = map(guarded_route, self._flat)
        await self._core(scope, receive, send)
