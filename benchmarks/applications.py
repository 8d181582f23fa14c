"""The contestants within this process: the hub over modules found on disk, and plain FastAPI with the same routes."""

from collections.abc import Iterable
from importlib import import_module

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from hub_hookspecs import Principal
from starlette.types import ASGIApp

from benchmarks.distributions import ROUTES, module_name
from benchmarks.sites import Site, path_of
from hub_core.access import new_token
from hub_core.database import Database, parse_url
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.standing_to_serve import standing_to_serve
from hub_core.runtime import Hub
from hub_core.settings import read_settings
from hub_core.web import application

TOKEN = new_token()
_SUPERUSER = Principal(id="superuser", permissions=frozenset({"*"}))


def open_path(number: int) -> str:
    """The last open route of a module."""
    return f"/api/v1/{module_name(number)}/items{ROUTES - 2}/7"


def guarded_path(number: int) -> str:
    """The guarded route of a module, its last."""
    return f"/api/v1/{module_name(number)}/items{ROUTES - 1}/7"


def hub_over(site: Site, *, log_requests: bool = False) -> Hub:
    """The hub over all modules of ``site``, as ``hub serve`` has it; not started. Nothing is probed for it again."""
    with path_of(site):
        settings = read_settings(site.home, log_requests=log_requests)
        standing, errors = standing_to_serve(settings, Descriptions(settings, _nothing_to_probe))
    assert not errors, errors
    hub = Hub(settings, Database(parse_url(settings.effective_database_url)), standing)
    hub.access.grant(TOKEN.bearer_sha256, _SUPERUSER)
    return hub


def _nothing_to_probe(*_: object, names: object, **__: object) -> tuple[()]:
    raise AssertionError(f"what `hub up` has learnt of {names} is not known here")


async def hub_application(site: Site, *, log_requests: bool = False) -> ASGIApp:
    """The started hub as an ASGI application."""
    hub = hub_over(site, log_requests=log_requests)
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


def including_application(count: int) -> FastAPI:
    """FastAPI with ``include_router`` for each module; guards are left out, as they would refuse outside the hub."""
    app = FastAPI()
    for prefix, router in _routers(range(count)):
        open_routes = APIRouter()
        for route in router.routes[:-1]:
            assert isinstance(route, APIRoute)
            open_routes.add_api_route(route.path, route.endpoint, methods=["GET"])
        app.include_router(open_routes, prefix=prefix)
    return app
