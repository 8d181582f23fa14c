"""Requests as ASGI calls within one process: what the hub adds to one, and what more modules add."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp

from benchmarks.applications import (
    TOKEN,
    bare_application,
    guarded_path,
    hub_application,
    hub_over,
    including_application,
    open_path,
)
from benchmarks.requests import asgi_calls
from benchmarks.sites import Sites
from benchmarks.timing import Comparison, Contestant, compare, print_comparison, readable
from hub_core.runtime import Hub, LiveModule
from hub_core.web.dispatch import Dispatcher
from hub_core.web.entrance import Entrance
from hub_core.web.module_application import ModuleFace
from hub_core.web.templates import Templates

SIZES = (1, 100, 1000, 5000)
CONTROL = "bare FastAPI, once more"


async def _compared(title: str, contestants: Mapping[str, Contestant]) -> Comparison:
    return await compare(f"{title}, CPU time", contestants, rounds=61, calls=200, clock=time.thread_time)


async def one_request(sites: Sites) -> None:
    """What the hub adds to one request."""
    hub = await hub_application(sites[1])
    logging = await hub_application(sites[1], log_requests=True)
    contestants = {
        "bare FastAPI": asgi_calls(bare_application(), open_path(0)),
        "FastAPI with include_router": asgi_calls(including_application(1), open_path(0)),
        "hub, open route": asgi_calls(hub, open_path(0)),
        "hub, token and permission": asgi_calls(hub, guarded_path(0), token=TOKEN.text),
        "hub, 401": asgi_calls(hub, guarded_path(0), status=401),
        "hub, open route, with a log record": asgi_calls(logging, open_path(0)),
        CONTROL: asgi_calls(bare_application(), open_path(0)),
    }
    print_comparison(
        await _compared("One request, 1 module, ASGI calls in one process", contestants),
        (CONTROL, "bare FastAPI", "shows how exact this is"),
        ("hub, open route", "bare FastAPI", "goal ≤ 1.05"),
        ("hub, token and permission", "bare FastAPI", "goal ≤ 1.10"),
        ("hub, open route", "FastAPI with include_router", ""),
    )


@dataclass(frozen=True, slots=True)
class _Served:
    """Stands where a module's own application does: any other application."""

    live: LiveModule
    application: ASGIApp


async def middleware(sites: Sites) -> None:
    """All that the hub puts around an application, around bare FastAPI: entrance, dispatch, the meters."""
    hub = hub_over(sites[1])
    await hub.start()
    bare = bare_application()
    served = asgi_calls(_within_the_hub(hub, bare), open_path(0))
    (live,) = hub.modules.values()
    await hub.first_use.need(live)
    contestants = {
        "bare FastAPI": asgi_calls(bare, open_path(0)),
        "bare FastAPI, behind the entrance": asgi_calls(Entrance(bare, hub, Templates(hub)), open_path(0)),
        "bare FastAPI, behind all of the hub's middleware": served,
        CONTROL: asgi_calls(bare_application(), open_path(0)),
    }
    print_comparison(
        await _compared("The hub's middleware around bare FastAPI, ASGI calls", contestants),
        (CONTROL, "bare FastAPI", "shows how exact this is"),
        ("bare FastAPI, behind all of the hub's middleware", "bare FastAPI", "goal ≤ 1.10"),
    )
    await hub.stop()


def _within_the_hub(hub: Hub, app: ASGIApp) -> ASGIApp:
    faces: dict[str, ModuleFace] = {
        name: _Served(live, app)  # type: ignore[misc] # what the dispatcher asks a face for
        for name, live in hub.modules.items()
    }
    return Entrance(Dispatcher(app, hub, faces, {}), hub, Templates(hub))


async def routing(sites: Sites) -> None:
    """A route of the last module, and one of no module, as modules become more."""
    hubs: dict[int, ASGIApp] = {}
    sizes = sites.sizes(*SIZES)
    for size in sizes:
        site = sites[size]
        started = time.perf_counter()
        hubs[size] = await hub_application(site)
        print(f"\nhub over {size} known modules: found and wired in {readable(time.perf_counter() - started).strip()}")
    contestants = {
        "bare FastAPI, 1 module": asgi_calls(bare_application(), open_path(0)),
        "include_router, 1 module": asgi_calls(including_application(1), open_path(0)),
        **{f"hub, {size} modules": asgi_calls(hubs[size], open_path(size - 1)) for size in sizes},
        **{
            f"hub, {size} modules, token": asgi_calls(hubs[size], guarded_path(size - 1), token=TOKEN.text)
            for size in sizes
        },
        **{
            f"hub, {size} modules, unknown module": asgi_calls(hubs[size], "/api/v1/nothing/items/7", status=404)
            for size in sizes
        },
    }
    print_comparison(
        await _compared("Routing, the last route of the last module, ASGI calls", contestants),
        *((f"hub, {size} modules", "bare FastAPI, 1 module", "goal ≤ 1.05") for size in sizes),
        *((f"hub, {size} modules", "include_router, 1 module", "goal ≤ 0.85") for size in sizes),
        *((f"hub, {size} modules, token", "bare FastAPI, 1 module", "goal ≤ 1.10") for size in sizes),
        *((f"hub, {size} modules, unknown module", f"hub, {size} modules", "goal ≤ 0.6") for size in sizes),
        *((f"hub, {size} modules", "hub, 1 modules", "") for size in sizes[1:]),
    )
    await _beside_include_router(hubs, min(1000, sizes[-1]))


async def _beside_include_router(hubs: dict[int, ASGIApp], count: int) -> None:
    """The slow contestant, which is called a few times only."""
    started = time.perf_counter()
    app = including_application(count)
    print(f"\ninclude_router of {count} modules: built in {readable(time.perf_counter() - started).strip()}")
    contestants = {
        f"hub, {count} modules": asgi_calls(hubs[count], open_path(count - 1)),
        f"include_router, {count} modules": asgi_calls(app, open_path(count - 1)),
        f"include_router, {count} modules, unknown module": asgi_calls(app, "/api/v1/nothing/items/7", status=404),
    }
    print_comparison(
        await compare("The same beside include_router of as many", contestants, rounds=5, calls=10),
        (f"hub, {count} modules", f"include_router, {count} modules", ""),
    )
