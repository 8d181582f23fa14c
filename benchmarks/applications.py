"""The contestants: the hub over modules found on disk, and plain FastAPI with the same routes."""

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from hub_hookspecs import CONTRACT_VERSION, uuid7
from packaging.version import Version
from starlette.types import ASGIApp

from benchmarks.distributions import ROUTES, module_name
from hub_core.access import new_token
from hub_core.catalog import read_catalog
from hub_core.database import Database, connect, parse_url
from hub_core.loading import load
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.operations.standing import ReadyModule, Standing
from hub_core.planning import Desired
from hub_core.registry import store_token
from hub_core.resolution import resolve
from hub_core.runtime import Hub
from hub_core.settings import read_settings
from hub_core.web import application

TOKEN = new_token()


def open_path(number: int) -> str:
    """The last open route of a module."""
    return f"/api/v1/{module_name(number)}/items{ROUTES - 2}/7"


def guarded_path(number: int) -> str:
    """The guarded route of a module, its last."""
    return f"/api/v1/{module_name(number)}/items{ROUTES - 1}/7"


def hub_over(folder: Path, *, log_requests: bool = False) -> Hub:
    """The hub over all distributions in ``folder``: found, resolved, imported, wired; not started."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    settings = read_settings(folder, log_requests=log_requests)
    catalog = read_catalog([str(folder)])
    resolution = resolve(catalog, contract=Version(CONTRACT_VERSION))
    loaded = [load(resolution.modules[name], settings.areas) for name in resolution.order]
    standing = Standing(
        catalog=catalog,
        resolution=resolution,
        desired=Desired(),
        recorded={},
        ready=tuple(
            ReadyModule(loaded=each, settings=each.settings_model and each.settings_model()) for each in loaded
        ),
        failures={},
        token_digests=((TOKEN.bearer_sha256, TOKEN.cookie_sha256),),
    )
    url = parse_url(f"sqlite:///{folder / f'hub-{uuid7()}.db'}")
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    with connect(url) as connection:
        store_token(connection, TOKEN.bearer_sha256, TOKEN.cookie_sha256)
        connection.commit()
    return Hub(settings, Database(url), standing)


async def hub_application(folder: Path, *, log_requests: bool = False) -> ASGIApp:
    """The started hub as an ASGI application."""
    hub = hub_over(folder, log_requests=log_requests)
    await hub.start()
    assert not hub.failures(), hub.failures()
    return application(hub)


def _routers(numbers: Iterable[int]) -> list[tuple[str, APIRouter]]:
    return [
        (f"/api/v1/{module_name(number)}", import_module(f"{module_name(number)}.routes.api.items").router)
        for number in numbers
    ]


def bare_application() -> ASGIApp:
    """FastAPI with the open routes of the first module, each added to the application itself."""
    app = FastAPI()
    for prefix, router in _routers([0]):
        for route in router.routes[:-1]:
            assert isinstance(route, APIRoute)
            app.add_api_route(prefix + route.path, route.endpoint, methods=["GET"])
    return app


def including_application(count: int) -> ASGIApp:
    """FastAPI with ``include_router`` for each module; guards are left out, as they would refuse outside the hub."""
    app = FastAPI()
    for prefix, router in _routers(range(count)):
        open_routes = APIRouter()
        for route in router.routes[:-1]:
            assert isinstance(route, APIRoute)
            open_routes.add_api_route(route.path, route.endpoint, methods=["GET"])
        app.include_router(open_routes, prefix=prefix)
    return app
