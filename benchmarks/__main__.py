"""Run every benchmark, or those whose names are given: ``python -m benchmarks request routing http command discovery resolving migrating``."""

import asyncio
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory

from benchmarks.applications import (
    TOKEN,
    bare_application,
    guarded_path,
    hub_application,
    including_application,
    open_path,
)
from benchmarks.discovery import discovery
from benchmarks.distributions import make_distributions
from benchmarks.migrating import migrating
from benchmarks.processes import command_runs
from benchmarks.requests import asgi_calls, http_calls
from benchmarks.resolving import resolving
from benchmarks.timing import compare, print_comparison, readable

SIZES = (1, 100, 1000)


async def one_request(folders: Mapping[int, Path]) -> None:
    """What the hub adds to one request."""
    hub = await hub_application(folders[1])
    contestants = {
        "bare FastAPI": asgi_calls(bare_application(), open_path(0)),
        "FastAPI with include_router": asgi_calls(including_application(1), open_path(0)),
        "hub, open route": asgi_calls(hub, open_path(0)),
        "hub, token and permission": asgi_calls(hub, guarded_path(0), token=TOKEN.text),
        "hub, 401": asgi_calls(hub, guarded_path(0), status=401),
    }
    print_comparison(
        await compare("One request, 1 module, ASGI calls in one process", contestants, rounds=31, calls=500),
        ("hub, open route", "bare FastAPI", "goal ≤ 1.05"),
        ("hub, token and permission", "bare FastAPI", "goal ≤ 1.10"),
        ("hub, open route", "FastAPI with include_router", ""),
    )


async def routing(folders: Mapping[int, Path]) -> None:
    """A route of the last module, and one of no module, as modules become more."""
    hubs = {}
    for size in SIZES:
        started = time.perf_counter()
        hubs[size] = await hub_application(folders[size])
        print(f"\nhub over {size} modules: found, imported, wired in {readable(time.perf_counter() - started).strip()}")
    many = including_application(SIZES[-1])
    contestants = {
        "bare FastAPI, 1 module": asgi_calls(bare_application(), open_path(0)),
        "include_router, 1 module": asgi_calls(including_application(1), open_path(0)),
        **{f"hub, {size} modules": asgi_calls(hubs[size], open_path(size - 1)) for size in SIZES},
        "hub, 1000 modules, token": asgi_calls(hubs[1000], guarded_path(999), token=TOKEN.text),
        "hub, 1000 modules, unknown module": asgi_calls(hubs[1000], "/api/v1/nothing/items/7", status=404),
    }
    comparison = await compare(
        "Routing, the last route of the last module, ASGI calls", contestants, rounds=31, calls=300
    )
    print_comparison(
        comparison,
        *((f"hub, {size} modules", "bare FastAPI, 1 module", "goal ≤ 1.05") for size in SIZES),
        *((f"hub, {size} modules", "include_router, 1 module", "goal ≤ 0.85") for size in SIZES),
        ("hub, 1000 modules, token", "bare FastAPI, 1 module", "goal ≤ 1.10"),
        ("hub, 1000 modules, unknown module", "hub, 1000 modules", "goal ≤ 0.6"),
    )
    slow = {"hub, 1000 modules": contestants["hub, 1000 modules"]}
    slow |= {
        f"include_router, {size} modules": asgi_calls(including_application(size), open_path(size - 1))
        for size in (100,)
    }
    slow |= {"include_router, 1000 modules": asgi_calls(many, open_path(999))}
    print_comparison(
        await compare("The same beside include_router of as many", slow, rounds=5, calls=20),
        ("hub, 1000 modules", "include_router, 1000 modules", ""),
    )


async def over_http(folders: Mapping[int, Path]) -> None:
    """A request through uvicorn, one kept connection, server and client in two processes."""
    async with (
        http_calls("bare", str(folders[1]), open_path(0)) as bare,
        http_calls("hub", str(folders[1]), open_path(0)) as hub,
        http_calls("hub", str(folders[1000]), open_path(999)) as many,
    ):
        contestants = {"bare FastAPI": bare, "hub, 1 module": hub, "hub, 1000 modules": many}
        print_comparison(
            await compare("One request over HTTP, uvicorn without access log", contestants, rounds=31, calls=200),
            ("hub, 1 module", "bare FastAPI", ""),
            ("bare FastAPI", "hub, 1000 modules", "requests per second, goal ≥ 0.95"),
        )


async def commands(folders: Mapping[int, Path]) -> None:
    """How long a person waits for help."""
    contestants = {"hub --help": command_runs("hub", "--help"), "uvicorn --help": command_runs("uvicorn", "--help")}
    print_comparison(
        await compare("Help, process against process", contestants, rounds=21, calls=1),
        ("hub --help", "uvicorn --help", "goal ≤ 0.6"),
    )


async def found(_: Mapping[int, Path]) -> None:
    """What is installed, found and checked; the environments for it are its own."""
    await discovery()


BENCHMARKS = {
    "request": one_request,
    "routing": routing,
    "http": over_http,
    "command": commands,
    "discovery": found,
    "resolving": resolving,
    "migrating": migrating,
}
NEEDS_MODULES = {"request", "routing", "http"}


def main(names: list[str]) -> None:
    """Make the distributions, then run what was asked for."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "starlette", "pydantic", "uvicorn"))
    print(f"Python {python_version()}, {libraries}")
    with TemporaryDirectory(prefix="hub-bench-") as made:
        folders = {size: Path(made) / str(size) for size in SIZES}
        for size, folder in folders.items() if NEEDS_MODULES & set(names or BENCHMARKS) else ():
            make_distributions(folder, size)
        for name in names or list(BENCHMARKS):
            asyncio.run(BENCHMARKS[name](folders))


main(sys.argv[1:])
