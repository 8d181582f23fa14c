"""Requests per second over HTTP: servers in processes of their own, connections that are kept."""

from contextlib import AsyncExitStack

from benchmarks.applications import open_path
from benchmarks.processes import bare_command, hub_command
from benchmarks.requests import http_calls
from benchmarks.sites import Site, Sites
from benchmarks.timing import Contestant, compare, print_comparison

CONNECTIONS = (1, 16)
SIZES = (1, 100, 1000, 5000)


async def over_http(sites: Sites) -> None:
    """One connection, which shows what a caller waits, and many at once, which show what a server can do."""
    sizes = sites.sizes(*SIZES)
    for connections in CONNECTIONS:
        await _served(sites, sizes, connections, logs=False)
    await _served(sites, sizes[:1], CONNECTIONS[-1], logs=True)


async def _served(sites: Sites, sizes: tuple[int, ...], connections: int, *, logs: bool) -> None:
    async with AsyncExitStack() as servers:

        async def hub(site: Site) -> Contestant:
            calls = http_calls(
                hub_command("serve"), site, open_path(site.count - 1), connections=connections,
                HUB_LOG_REQUESTS=f"{logs}",
            )  # fmt: skip
            return await servers.enter_async_context(calls)

        bare = bare_command("bare", *(() if logs else ("--no-access-log",)))
        contestants = {
            "bare FastAPI": await servers.enter_async_context(
                http_calls(bare, sites[1], open_path(0), connections=connections)
            ),
            **{f"hub, {size} modules": await hub(sites[size]) for size in sizes},
        }
        title = (
            f"One request over HTTP, {connections} kept connections, {'with' if logs else 'without'} a log line each"
        )
        comparison = await compare(title, contestants, rounds=21, calls=400)
    print_comparison(
        comparison,
        ("hub, 1 modules", "bare FastAPI", ""),
        *(("bare FastAPI", f"hub, {size} modules", "requests per second, goal ≥ 0.95") for size in sizes if not logs),
        *(("bare FastAPI", f"hub, {size} modules", "requests per second") for size in sizes if logs),
    )
    print("  per second: " + ", ".join(f"{name} {1 / taken:.0f}" for name, taken in comparison.medians.items()))
