"""Run every benchmark, or those whose names are given: ``python -m benchmarks [--most N] request routing …``.

``--most N`` leaves out sizes above N modules, for a quick run; 5000 modules take minutes to be probed.
"""

import argparse
import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.archiving import archiving
from benchmarks.building import building
from benchmarks.discovery import discovery
from benchmarks.documents import documents
from benchmarks.migrating import migrating
from benchmarks.preflighting import preflighting
from benchmarks.probing import probing
from benchmarks.processes import command_runs
from benchmarks.querying import querying
from benchmarks.resolving import resolving
from benchmarks.routing import middleware, one_request, routing
from benchmarks.sites import Sites
from benchmarks.starting import first_request, nothing_to_do, starting
from benchmarks.throughput import over_http
from benchmarks.timing import compare, print_comparison, print_goals


async def commands(_: Sites) -> None:
    """How long a person waits for help."""
    contestants = {"hub --help": command_runs("hub", "--help"), "uvicorn --help": command_runs("uvicorn", "--help")}
    print_comparison(
        await compare("Help, process against process", contestants, rounds=21, calls=1),
        ("hub --help", "uvicorn --help", "goal ≤ 0.6"),
    )


BENCHMARKS: dict[str, Callable[[Sites], Coroutine[Any, Any, None]]] = {
    "request": one_request,
    "middleware": middleware,
    "routing": routing,
    "http": over_http,
    "start": starting,
    "first": first_request,
    "nothing": nothing_to_do,
    "openapi": documents,
    "query": querying,
    "probe": probing,
    "command": commands,
    "discovery": discovery,
    "resolving": resolving,
    "migrating": migrating,
    "building": building,
    "preflight": preflighting,
    "archive": archiving,
}


def main() -> None:
    """Run what was asked for; the goals and whether they are reached come last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--most", type=int, default=int(os.environ.get("BENCH_MOST", "5000")), metavar="N")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    logging.getLogger("hub_core.runtime.loop_watch").disabled = True  # contestants hold the loop as long as they like
    libraries = ", ".join(f"{name} {version(name)}" for name in ("fastapi", "starlette", "pydantic", "uvicorn"))
    print(f"Python {python_version()}, {libraries}; {os.cpu_count()} processors")
    with TemporaryDirectory(prefix="hub-bench-") as made:
        sites = Sites(Path(made), chosen.most)
        for name in chosen.names or BENCHMARKS:
            asyncio.run(BENCHMARKS[name](sites))
    print_goals()


if __name__ == "__main__":
    main()
