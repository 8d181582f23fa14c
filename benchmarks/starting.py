"""From the start of a process to its first answer, what of its memory is resident then, and a module's first request."""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping

from benchmarks.applications import open_path
from benchmarks.processes import bare_command, command_runs, hub_command, request_for, serving
from benchmarks.sites import Site, Sites
from benchmarks.timing import Comparison, print_comparison

ROUNDS = 7
SIZES = (1, 100, 1000, 5000)

Figures = dict[str, float]
Run = Callable[[], Awaitable[Figures]]


def megabytes(size: float) -> str:
    """A size in memory."""
    return f"{size / 2**20:9.1f} MB"


async def starting(sites: Sites) -> None:
    """New processes over modules that are known, in turns; each answers one request of the last module."""
    sizes = sites.sizes(*SIZES)
    bare = "FastAPI, the same routes"
    data = "FastAPI, the same routes and models"
    runs = {
        bare: _first_answer(bare_command("bare"), sites[1]),
        data: _first_answer(bare_command("bare_data"), sites[1]),
        **{f"hub serve, {size} modules": _first_answer(hub_command("serve"), sites[size]) for size in sizes},
        **{f"hub up, {size} modules": _first_answer(hub_command("up"), sites[size]) for size in sizes},
    }
    figures = await _in_turns(runs)
    print_comparison(
        _comparison("Start to first answer, new processes, caches warm", figures, "seconds"),
        *((f"hub {name}, 1 modules", bare, "goal ≤ 1.5") for name in ("serve", "up")),
        *((f"hub {name}, 1 modules", data, "") for name in ("serve", "up")),
        *(
            (f"hub {name}, {size} modules", f"hub {name}, 1 modules", "goal ≤ 1.15" if size <= 1000 else "")
            for name in ("serve", "up")
            for size in sizes[1:]
        ),
    )
    memory = _comparison("Resident memory after the first answer", figures, "memory")
    print_comparison(
        Comparison(title=memory.title, medians=memory.medians, shown=megabytes),
        *(
            (f"hub {name}, {size} modules", f"hub {name}, 1 modules", "goal ≤ 1.15" if size <= 1000 else "")
            for name in ("serve", "up")
            for size in sizes[1:]
        ),
        ("hub serve, 1 modules", data, ""),
    )


async def nothing_to_do(sites: Sites) -> None:
    """``hub up`` where everything is as wanted, until its first answer, beside a command that only says its version."""
    sizes = sites.sizes(1, 100, 1000)
    runs = {
        "hub --version": _to_its_end("hub", "--version"),
        **{f"hub up, {size} modules": _first_answer(hub_command("up"), sites[size]) for size in sizes},
    }
    found = _comparison("Nothing to do, new processes", await _in_turns(runs), "seconds")
    print_comparison(found, *((f"hub up, {size} modules", "hub --version", "") for size in sizes))


def _to_its_end(*command: str) -> Run:
    runs = command_runs(*command)

    async def run() -> Figures:
        started = time.perf_counter()
        await runs(1)
        return {"seconds": time.perf_counter() - started}

    return run


async def first_request(sites: Sites) -> None:
    """The first request of a module in a process that serves already, which imports it, and the one behind it."""
    sizes = sites.sizes(*SIZES)
    figures = await _in_turns({f"hub, {size} modules": _first_use(sites[size]) for size in sizes})
    first = _comparison("The first request of a module, over HTTP, new processes", figures, "first")
    print_comparison(first, *((f"hub, {size} modules", "hub, 1 modules", "") for size in sizes[1:]))
    print_comparison(_comparison("The second one", figures, "second"))


def _first_answer(command: tuple[str, ...], site: Site) -> Run:
    number = site.count - 1

    async def run() -> Figures:
        async with serving(command, site) as server:
            connection = await server.connection()
            await connection.get(request_for(open_path(number)))
            seconds = time.perf_counter() - server.started
            connection.writer.close()
            return {"seconds": seconds, "memory": server.memory()}

    return run


def _first_use(site: Site) -> Run:
    request = request_for(open_path(site.count - 1))

    async def run() -> Figures:
        async with serving(hub_command("serve"), site) as server:
            connection = await server.connection()
            for _ in range(20):
                await connection.get(request_for("/health/live"))
            figures = {}
            for which in ("first", "second"):
                started = time.perf_counter()
                await connection.get(request)
                figures[which] = time.perf_counter() - started
            connection.writer.close()
            return figures

    return run


async def _in_turns(runs: Mapping[str, Run]) -> dict[str, list[Figures]]:
    figures: dict[str, list[Figures]] = {name: [] for name in runs}
    for run in runs.values():
        await run()  # files that nobody has read yet are read now
    for _ in range(ROUNDS):
        for name, run in runs.items():
            figures[name].append(await run())
    return figures


def _comparison(title: str, figures: Mapping[str, list[Figures]], key: str) -> Comparison:
    return Comparison(
        title=title, medians={name: statistics.median(each[key] for each in all_) for name, all_ in figures.items()}
    )
