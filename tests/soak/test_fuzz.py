"""Hostile input is a reason, never a crash or a stall: each target is fuzzed for some time, each known monster measured."""

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from packaging.version import Version

from hub_core.catalog import Catalog, read_catalog
from hub_core.errors import HubError
from hub_core.manifest import TextInvalid, parse_manifest, read_range, read_requirement
from hub_core.planning import document, listing
from hub_core.resolution import resolve
from hub_core.tests.catalog.hostile_modules import HOSTILE, write_hostile
from hub_core.tests.catalog.module_on_disk import write_module
from hub_core.tests.manifest.test_hostile_input import DOCUMENTS, MANIFESTS, RANGES, REQUIREMENTS
from hub_core.tests.resolution.test_hostile_input import ENVIRONMENTS, HARMLESS
from tests.soak.fuzz_targets import TARGETS

SECONDS = max(1, int(float(os.environ.get("HUB_SOAK_SECONDS", "120")) / 2))
ROOT = Path(__file__).parents[2]
MEMORY = Path("/dev/shm")
REFUSED_WITHIN = 0.1
PER_MODULE = 0.001
"""Seconds more for each module of a crowd: a thousand that cannot run have a thousand reasons."""
WITHIN = {"400 revisions of many expressions": 5.0}
"""Python alone takes its time to read as many as a module may have."""


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder that is gone afterwards, in memory where the machine has such a place."""
    with TemporaryDirectory(prefix="hub-fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_fuzzing_finds_is_a_crash_or_a_stall(target: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        running = f"Python {sys.version.split()[0]} on {sys.platform}"
        pytest.skip(f"atheris is not installed for {running}; the group fuzz has it for Linux and Python 3.11 to 3.13")
    with in_memory() as folder:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.soak.fuzz", target, str(SECONDS)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS * 3 + 120,
        )
    runs = re.search(r"number_of_executed_units: (\d+)", ended.stdout)
    slowest = [line for line in ended.stdout.splitlines() if line.startswith("slowest: ")]
    print(f"\n{target}: {runs[1] if runs else 'no'} runs in {SECONDS} s; {slowest[-1] if slowest else ''}")
    assert ended.returncode == 0, ended.stdout[-5000:]
    assert runs
    assert int(runs[1]) > 10 * SECONDS


def tried(act: Callable[..., object], *arguments: object) -> None:
    """Do it, where refusing is an answer."""
    with suppress(HubError, TextInvalid):
        act(*arguments)


def answer_to(on_disk: Catalog) -> None:
    """Everything ``hub check`` does with what was read."""
    listing(on_disk, resolve(on_disk, contract=Version("1.0")), {})


def read_and_answer(site: Path) -> None:
    """Everything ``hub check`` does with a folder."""
    answer_to(read_catalog([str(site)]))


def test_each_known_monster_is_refused_in_a_tenth_of_a_second() -> None:
    with in_memory() as folder:
        seconds = {name: (best_of_three(act), limit) for name, (act, limit) in monsters(folder).items()}
    print(f"\n{len(seconds)} monsters; the slowest:")
    for name, (took, limit) in sorted(seconds.items(), key=lambda item: -item[1][0])[:25]:
        print(f"{took * 1000:8.1f} ms (of {limit * 1000:.0f})  {name}")
    assert [name for name, (took, limit) in seconds.items() if took > limit] == []


def monsters(folder: Path) -> Mapping[str, tuple[Callable[[], None], float]]:
    """What is done with each monster, and how long that may take."""
    found: dict[str, tuple[Callable[[], None], float]] = {}
    for name, manifest in MANIFESTS.items():
        found[f"manifest: {name}"] = partial(tried, parse_manifest, manifest, "billing"), REFUSED_WITHIN
    for name, text in DOCUMENTS.items():
        found[f"hub.toml: {name}"] = partial(tried, document, text), REFUSED_WITHIN
    for name, text in REQUIREMENTS.items():
        found[f"requirement: {name}"] = partial(tried, read_requirement.__wrapped__, text), REFUSED_WITHIN
    for name, text in RANGES.items():
        found[f"range: {name}"] = partial(tried, read_range.__wrapped__, text), REFUSED_WITHIN
    for name, make in {**ENVIRONMENTS, **HARMLESS}.items():
        on_disk = make()
        limit = REFUSED_WITHIN + PER_MODULE * len(on_disk.modules)
        found[f"environment: {name}"] = partial(answer_to, on_disk), limit
    for number, kind in enumerate(HOSTILE):
        site = folder / str(number)
        write_module(site, "other")
        write_hostile(site, kind)
        found[f"file: {kind}"] = partial(read_and_answer, site), WITHIN.get(kind, REFUSED_WITHIN)
    return found


def best_of_three(act: Callable[[], None]) -> float:
    """Seconds; the machine may have other things to do."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
