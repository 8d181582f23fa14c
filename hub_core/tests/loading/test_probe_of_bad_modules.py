"""Each way to be bad is detected and named; whoever probes goes on, the next module is described, nothing is left."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from packaging.version import Version

from hub_core.catalog import read_catalog
from hub_core.loading import Limits, Probed, probe_modules
from hub_core.resolution import Resolution, resolve
from hub_core.tests.loading.bad_modules import BAD_MODULES
from hub_core.tests.sample_modules import SampleModules

LIMITS = Limits(seconds=2, memory_mb=768)
GOOD = "from hub_hookspecs import hookimpl\n@hookimpl\ndef hub_services(): return {}\n"


@dataclass(frozen=True)
class Seen:
    """All answers, and for each module how long it took and whom the processes of the probe were."""

    answers: dict[str, Probed]
    seconds: dict[str, float]
    helpers: dict[str, set[int]]
    before: set[int]
    folder: Path


def resolution() -> Resolution:
    """Of the modules of the test alone."""
    whole = resolve(read_catalog(), contract=Version("1.0"))
    return replace(
        whole, order=tuple(name for name in whole.order if whole.modules[name].package.startswith("sample_"))
    )


def names() -> dict[str, tuple[str, str]]:
    """Of each way to be bad, the names of the bad module and of the good one that comes next."""
    return {way: (f"bad{number:02}", f"bad{number:02}x") for number, way in enumerate(BAD_MODULES)}


def children() -> set[int]:
    """The processes that this one started, and those that they started."""
    parents = {pid: int(fields[1]) for pid, fields in processes()}
    found, new = set[int](), {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in new}:
        found |= new
    return found


def processes() -> Iterator[tuple[int, list[str]]]:
    """Each process and its state, its parent, …"""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(folder.name), (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()


def user_of(process: int) -> int:
    with suppress(OSError):
        return Path(f"/proc/{process}").stat().st_uid
    return -1


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """All of them, probed once, one after the other: they are held against what is expected one by one."""
    site, times, helpers = tmp_path_factory.mktemp("site"), [time.monotonic()], dict[str, set[int]]()
    samples, before, folder = SampleModules(site), children(), tmp_path_factory.mktemp("folder")
    for way, (bad, good) in names().items():
        samples.install(bad, {"__init__.py": BAD_MODULES[way].source})
        samples.install(good, {"__init__.py": GOOD})
    seconds = dict[str, float]()

    def on_probed(probed: Probed) -> None:
        times.append(time.monotonic())
        seconds[probed.module] = times[-1] - times[-2]
        helpers[probed.module] = children() - before

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        patch.setattr(tempfile, "tempdir", str(folder))
        answers = {each.module: each for each in probe_modules(resolution(), (), limits=LIMITS, on_probed=on_probed)}
    return Seen(answers=answers, seconds=seconds, helpers=helpers, before=before, folder=folder)


@pytest.mark.parametrize("way", BAD_MODULES)
def test_it_is_detected_and_named(way: str, seen: Seen) -> None:
    bad, expected = seen.answers[names()[way][0]], BAD_MODULES[way]
    assert (bad.kind, bad.phase) == (expected.kind, "import"), bad.text
    assert expected.text in bad.text
    assert bad.description is None


@pytest.mark.parametrize("way", BAD_MODULES)
def test_the_next_module_is_described(way: str, seen: Seen) -> None:
    good = seen.answers[names()[way][1]]
    assert (good.kind, good.text) == ("described", "")
    assert good.description is not None
    assert good.description.hooks == ("hub_services",)


@pytest.mark.parametrize("way", BAD_MODULES)
def test_nothing_of_it_goes_on_and_the_helper_does(way: str, seen: Seen) -> None:
    bad, good = names()[way]
    assert len(seen.helpers[good]) == 1, "the helper and nothing else"
    if BAD_MODULES[way].text != "it ended the process that watched it":
        assert seen.helpers[bad] == seen.helpers[good]


@pytest.mark.parametrize("way", BAD_MODULES)
def test_it_takes_no_longer_than_it_may(way: str, seen: Seen) -> None:
    assert seen.seconds[names()[way][0]] < LIMITS.seconds + 8


def test_reasons_differ(seen: Seen) -> None:
    texts = {seen.answers[bad].text for bad, _ in names().values()}
    assert len(BAD_MODULES) >= 30
    assert len(texts) >= len(BAD_MODULES) - 9, "some end at the same limit, and are told so"


def test_nothing_is_left(seen: Seen) -> None:
    assert children() == seen.before
    assert list(seen.folder.iterdir()) == []
    parents = {pid: int(fields[1]) for pid, fields in processes()}
    ours = [pid for pid in parents if user_of(pid) >= 2**30 and not is_watched(pid, parents)]
    assert ours == [], "of any user that modules run as"


def is_watched(process: int, parents: dict[int, int]) -> bool:
    """Whether a helper is above it: that of another test that runs at the same time, for ours has ended."""
    while process := parents.get(process, 0):
        with suppress(OSError):
            if b"probe_helper" in Path(f"/proc/{process}/cmdline").read_bytes() and user_of(process) < 2**30:
                return True
    return False
