"""How long it takes to know what is installed: beside the standard library in process, beside pip and uv as processes."""

import asyncio
import importlib.metadata
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environments import interpreter, make_environment
from benchmarks.processes import command_runs
from benchmarks.timing import Contestant, compare, print_comparison, readable
from hub_core.catalog import read_catalog
from hub_core.cli.environment import read_environment

ROUNDS = {10: 21, 100: 15, 1000: 7, 5000: 3}
PROCESS_ROUNDS = {10: 7, 100: 7, 1000: 3, 5000: 1}
MIXED = (1000, 50)
SETTLED_SECONDS = 2.5


async def discovery(_: object = None) -> None:
    """Environments of each size, of modules only; and one as most are, with a module among twenty."""
    with TemporaryDirectory(prefix="hub-bench-discovery-") as made:
        for size, rounds in ROUNDS.items():
            site = make_environment(Path(made, str(size)), size)
            await asyncio.sleep(SETTLED_SECONDS)  # what is younger, no cache remembers
            await _in_process(f"{size} modules", site, Path(made, f"{size}.json"), rounds)
            await _checks(f"{size} modules", site, Path(made), PROCESS_ROUNDS[size])
        count, modules = MIXED
        site = make_environment(Path(made, "mixed"), count, modules)
        await asyncio.sleep(SETTLED_SECONDS)
        title = f"{count} distributions, {modules} of them modules"
        await _in_process(title, site, Path(made, "mixed.json"), ROUNDS[count])
        await _checks(title, site, Path(made), PROCESS_ROUNDS[count])


async def _in_process(title: str, site: Path, cache: Path, rounds: int) -> None:
    contestants = {
        "stdlib entry_points()": _calls(lambda: _entry_points(site)),
        "stdlib entry_points(), listing remembered": _calls(lambda: _entry_points(site, forget=False)),
        "read_catalog, cold": _calls(lambda: read_catalog([str(site)])),
        "read_catalog, warm": _calls(lambda: read_catalog([str(site)], cache=cache)),
    }
    found = read_catalog([str(site)], cache=cache)
    assert found == read_catalog([str(site)], cache=cache)
    assert not found.findings, found.findings
    comparison = await compare(f"Discovery in one process, {title}", contestants, rounds=rounds, calls=1)
    print_comparison(
        comparison,
        ("read_catalog, cold", "stdlib entry_points()", "goal ≤ 0.8"),
        ("read_catalog, warm", "stdlib entry_points()", "goal ≤ 0.05"),
    )
    _print_looks(site, cache)


def _print_looks(site: Path, cache: Path) -> None:
    """What a warm reading cannot do without: one look at each file it was read from."""
    text = cache.read_text()
    files = [
        str(file) for info in site.glob("*.dist-info") for file in info.iterdir() if f"{info.name}/{file.name}" in text
    ]
    files += [str(file) for file in site.glob("*/hub-module.toml")]
    started = time.perf_counter()
    for file in files:
        os.stat(file)  # noqa: PTH116
    taken = time.perf_counter() - started
    print(
        f"  os.stat of the {len(files)} files a warm reading looks at: {readable(taken).strip()}; cache: {len(text)} bytes"
    )


async def _checks(title: str, site: Path, folder: Path, rounds: int) -> None:
    python, path = interpreter(site), {"PYTHONPATH": str(site)}
    cold, warm = folder / "cold", folder / "warm"
    cold.mkdir(exist_ok=True)
    (warm / ".hub").mkdir(parents=True, exist_ok=True)
    contestants = {
        "pip check": command_runs(python, "-m", "pip", "--disable-pip-version-check", "check"),
        "uv pip check": command_runs("uv", "pip", "check", "--python", python, "--offline"),
        "hub check, process, cold": command_runs("hub", "check", folder=cold, variables=path),
        "hub check, process, warm": command_runs("hub", "check", folder=warm, variables=path),
        "hub check, in process, cold": _calls(lambda: _check(site, cold)),
        "hub check, in process, warm": _calls(lambda: _check(site, warm)),
    }
    comparison = await compare(f"Checking, {title}", contestants, rounds=rounds, calls=1)
    print_comparison(
        comparison,
        ("hub check, in process, cold", "uv pip check", "goal ≤ 0.6"),
        ("hub check, in process, warm", "uv pip check", "goal ≤ 0.1"),
        ("hub check, process, cold", "uv pip check", ""),
        ("hub check, process, warm", "uv pip check", ""),
        ("hub check, process, cold", "pip check", ""),
    )


def _calls(call: Callable[[], object]) -> Contestant:
    async def calls(count: int) -> None:
        for _ in range(count):
            call()

    return calls


def _entry_points(site: Path, *, forget: bool = True) -> None:
    """What a new process pays; the library remembers the listing of a folder otherwise."""
    if forget:
        importlib.metadata.FastPath.__new__.cache_clear()  # type: ignore[attr-defined]
    with _reading_only(site):
        importlib.metadata.entry_points(group="hub.modules")


def _check(site: Path, folder: Path) -> None:
    before = Path.cwd()
    os.chdir(folder)
    try:
        with _reading_only(site):
            environment = read_environment(with_database=False)
    finally:
        os.chdir(before)
    assert not any(module.reasons for module in environment.modules)


@contextmanager
def _reading_only(site: Path) -> Iterator[None]:
    before = sys.path
    sys.path = [str(site)]
    try:
        yield
    finally:
        sys.path = before
