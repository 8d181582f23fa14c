"""The OpenAPI document of many modules, beside FastAPI's own over as many included routers."""

import json
import statistics
import time

from benchmarks.applications import hub_application, hub_over, including_application
from benchmarks.processes import hub_command, request_for, serving
from benchmarks.requests import asgi_calls
from benchmarks.sites import Site, Sites
from benchmarks.timing import Comparison, Contestant, compare, print_comparison, print_ratio, readable
from hub_core.web import application

COUNT = 1000
COLD_ROUNDS = 5


async def documents(sites: Sites) -> None:
    """Asked as ASGI calls: FastAPI does not start with so many routers (their lifespans lie in one another)."""
    site = sites[sites.sizes(100, COUNT)[-1]]
    title = f"/openapi.json of {site.count} modules"
    started = time.perf_counter()
    including = including_application(site.count)
    print(f"\ninclude_router of {site.count} modules: built in {readable(time.perf_counter() - started).strip()}")
    fastapi = asgi_calls(including, "/openapi.json")
    cold = {
        "FastAPI, first (once)": await _seconds(fastapi),
        "hub, first": statistics.median([await _first(site) for _ in range(COLD_ROUNDS)]),
        "hub, first of a process, over HTTP": statistics.median([(await _of_process(site))[0] for _ in range(3)]),
    }
    goal = "goal ≤ 0.01, 100 times faster"
    print_comparison(
        Comparison(title=f"{title}, cold", medians=cold),
        ("hub, first", "FastAPI, first (once)", goal),
        ("hub, first of a process, over HTTP", "FastAPI, first (once)", goal),
    )
    contestants = {"FastAPI": fastapi, "hub": asgi_calls(await hub_application(site), "/openapi.json")}
    repeated = await compare(f"{title}, repeated", contestants, rounds=7, calls=3)
    medians = {**repeated.medians, "hub, over HTTP": (await _of_process(site))[1]}
    print_comparison(Comparison(title=repeated.title, medians=medians), ("hub", "FastAPI", ""))
    print_ratio(repeated.title, "hub, in ms", repeated.medians["hub"] * 1000, "goal ≤ 1 ms")


async def _seconds(calls: Contestant) -> float:
    started = time.perf_counter()
    await calls(1)
    return time.perf_counter() - started


async def _first(site: Site) -> float:
    """A new application over a hub that has just been read: nothing of the document is in memory yet."""
    return await _seconds(asgi_calls(application(hub_over(site)), "/openapi.json"))


async def _of_process(site: Site) -> tuple[float, float]:
    """The first and the median of further answers of a new process."""
    async with serving(hub_command("serve"), site) as server:
        connection = await server.connection()
        await connection.get(request_for("/health/live"))
        taken = []
        for _ in range(22):
            started = time.perf_counter()
            body = await connection.get(request_for("/openapi.json"))
            taken.append(time.perf_counter() - started)
        connection.writer.close()
    assert len(json.loads(body)["paths"]) >= 10 * site.count
    return taken[0], statistics.median(taken[2:])
