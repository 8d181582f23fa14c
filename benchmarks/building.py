"""How long the next environment takes, beside the same distributions put into a new one by uv and by pip themselves.

Every cache is warm and nothing comes over a network: the wheels of what hub-core stands on lie in a folder. Only the hub holds
each file against RECORD, compiles all of it, and waits for the disk; so uv is measured with and without ``--compile-bytecode``.
"""

import itertools
import sys
from dataclasses import replace
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.processes import command_runs
from benchmarks.sites import Sites
from benchmarks.timing import Contestant, compare, print_comparison
from hub_core.packages import Asked, Lock, Workshop, adopted_lock, build, export, fetch, resolve, workshop
from hub_core.settings import read_settings

_EXTRAS: Final = ("asyncio", "binary", "standard")
"""Those that hub-core asks its libraries for."""


async def building(_: Sites) -> None:
    """Make an environment again and again, each in a folder of its own, in turns."""
    with TemporaryDirectory(prefix="hub-bench-") as made:
        await _compared(Path(made))


async def _compared(folder: Path) -> None:
    wheels, settings = folder / "wheels", read_settings(folder, installer="uv")
    with workshop(settings) as at:
        lock = _without_projects(adopted_lock(at))
        export(lock, wheels, at, beside=folder)
    with workshop(read_settings(folder, installer="uv", wheelhouse=wheels)) as at:
        contestants = {
            "uv venv && uv pip install": _uv(folder, wheels),
            "the same with --compile-bytecode": _uv(folder, wheels, "--compile-bytecode"),
            "hub: built, compiled and verified": _hub(lock, at),
            "hub: resolved and fetched before": _hub(lock, at, resolves=True),
        }
        found = await compare(
            f"The next environment, {len(lock.packages)} distributions", contestants, rounds=5, calls=1
        )
    print_comparison(
        found,
        ("hub: built, compiled and verified", "uv venv && uv pip install", ""),
        ("hub: built, compiled and verified", "the same with --compile-bytecode", ""),
        ("hub: resolved and fetched before", "the same with --compile-bytecode", ""),
    )


def _without_projects(lock: Lock) -> Lock:
    """What can be installed from wheels alone, and that nothing requires which cannot."""
    needed = _closure("hub-core", {name for name, each in lock.by_name.items() if each.project is None})
    packages = tuple(each for each in lock.packages if each.name in needed)
    return replace(lock, packages=packages, roots=tuple(f"{each.name}=={each.version}" for each in packages))


def _closure(name: str, known: set[str]) -> set[str]:
    found, asked = set[str](), [name]
    while asked:
        for text in requires(asked.pop()) or ():
            each = Requirement(text)
            other = canonicalize_name(each.name)
            applies = each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in ("", *_EXTRAS))
            if applies and other in known and other not in found:
                found.add(other)
                asked.append(other)
    return found


def _uv(folder: Path, wheels: Path, *options: str) -> Contestant:
    """``uv venv && uv pip install``, of the same releases from the same folder."""
    numbers = itertools.count()

    async def runs(count: int) -> None:
        for _ in range(count):
            place = folder / f"uv{''.join(options)}{next(numbers)}"
            await command_runs("uv", "venv", "-q", "--python", sys.executable, str(place))(1)
            source = ["--no-index", "--find-links", str(wheels), "--requirement", str(wheels / "constraints.txt")]
            await command_runs("uv", "pip", "install", "-q", "--python", str(place), *source, *options)(1)

    return runs


def _hub(lock: Lock, at: Workshop, *, resolves: bool = False) -> Contestant:
    """What ``hub install`` and ``hub up`` do; ``resolves``: with what comes before."""

    def once() -> None:
        build(fetch(resolve(Asked.of(lock), at, present=lock), at) if resolves else lock, at)

    async def runs(count: int) -> None:
        for _ in range(count):
            once()

    return runs
