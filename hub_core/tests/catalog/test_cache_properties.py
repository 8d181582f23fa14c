"""Whatever happens to a folder of distributions, in whatever order: with and without the cache it reads the same."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_core.catalog import cache as cache_file
from hub_core.catalog import read_catalog
from hub_core.tests.catalog.module_on_disk import HUB_MODULE, put, revision, write_module

TICK = 0.012
NAMES = ("alpha", "gamma")
ON_ALL = pytest.mark.usefixtures("old_at_once")


@pytest.fixture
def old_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "SETTLED_NS", 0)


def _install(site: Path, name: str, letter: str) -> None:
    manifest = f'title = "{letter}"\n'
    write_module(
        site, name, metadata=f"Summary: {letter}\n", manifest=manifest, revisions={"0001.py": revision(letter)}
    )


def _upgrade(site: Path, name: str, letter: str) -> None:
    _remove(site, name, letter)
    write_module(site, name, version=f"1.{ord(letter)}")


def _remove(site: Path, name: str, letter: str) -> None:
    for folder in [*site.glob(f"{name}-*"), site / f"hub_{name}"]:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_package(site: Path, name: str, letter: str) -> None:
    shutil.rmtree(site / f"hub_{name}", ignore_errors=True)


def _remove_migrations(site: Path, name: str, letter: str) -> None:
    shutil.rmtree(site / f"hub_{name}" / "migrations", ignore_errors=True)


def _add_revision(site: Path, name: str, letter: str) -> None:
    folder = site / f"hub_{name}" / "migrations" / "versions"
    if folder.parent.parent.is_dir():
        put(folder / f"{letter}.py", revision(letter))


def _fork(site: Path, name: str, letter: str) -> None:
    """Another distribution of the same package, whose files replace those of the first."""
    for info in site.glob(f"{name}-*.dist-info"):
        for file in info.iterdir():
            if file.is_file():
                text = file.read_text().replace(f"Name: {name}", f"Name: fork-{name}")
                put(site / f"fork_{info.name}" / file.name, text)
        put(site / f"hub_{name}" / "__init__.py", f"# {letter}")


def _make_editable(site: Path, name: str, letter: str) -> None:
    for info in site.glob(f"{name}-*.dist-info"):
        put(info / "RECORD", "")


def _swap_manifests(site: Path, name: str, letter: str) -> None:
    one, other = (site / f"hub_{each}" / HUB_MODULE for each in NAMES)
    if one.is_file() and other.is_file():
        one.rename(site / "aside")
        other.rename(one)
        (site / "aside").rename(other)


def _normalise(site: Path, name: str, letter: str) -> None:
    for path in site.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)


def _edit(pattern: str, *, keep_time: bool = False, as_new_file: bool = False) -> Callable[[Path, str, str], None]:
    """Replace the last letter or digit of each file by another one: same size, other content."""

    def edit(site: Path, name: str, letter: str) -> None:
        for file in site.glob(pattern.format(name)):
            if not file.is_file():
                continue
            before, text = file.stat(), file.read_text()
            place = max((at for at, char in enumerate(text) if char.isalnum()), default=-1)
            changed = text[:place] + letter + text[place + 1 :] if text else ""
            if as_new_file:
                (site / "aside").write_text(changed)
                (site / "aside").replace(file)
            else:
                file.write_text(changed)
            if keep_time:
                os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit


def _instead(pattern: str, make: Callable[[Path], object]) -> Callable[[Path, str, str], None]:
    def put(site: Path, name: str, letter: str) -> None:
        for path in site.glob(pattern.format(name)):
            if path.is_file() and not path.is_symlink():
                path.unlink()
                make(path)

    return put


FILES = (
    "{}-*.dist-info/METADATA",
    "{}-*.dist-info/entry_points.txt",
    "{}-*.dist-info/RECORD",
    "hub_{}/" + HUB_MODULE,
    "hub_{}/migrations/versions/*.py",
    "hub_{}/__init__.py",
)
CHANGES: dict[str, Callable[[Path, str, str], None]] = {
    "install": _install,
    "upgrade": _upgrade,
    "remove": _remove,
    "remove package": _remove_package,
    "remove migrations": _remove_migrations,
    "add revision": _add_revision,
    "fork": _fork,
    "make editable": _make_editable,
    "swap manifests": _swap_manifests,
    "normalise times": _normalise,
    **{f"edit {file}": _edit(file) for file in FILES},
    **{f"edit {file}, same time": _edit(file, keep_time=True) for file in FILES},
    **{f"replace {file}, same time": _edit(file, keep_time=True, as_new_file=True) for file in FILES},
    **{f"unlink {file}": _instead(file, lambda path: None) for file in FILES},
    **{f"pipe for {file}": _instead(file, os.mkfifo) for file in FILES},
    **{f"dangling {file}": _instead(file, lambda path: path.symlink_to("nowhere")) for file in FILES},
    "nothing": lambda site, name, letter: None,
}

changes = st.lists(
    st.tuples(st.sampled_from(sorted(CHANGES)), st.sampled_from(NAMES), st.sampled_from("abx")), min_size=1, max_size=8
)


@ON_ALL
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=changes)
def test_with_and_without_the_cache_every_folder_reads_the_same(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        site, cache = Path(made, "site"), Path(made, "catalog.json")
        for name in NAMES:
            _install(site, name, "a")
        for change, name, letter in [("nothing", "alpha", "a"), *steps]:
            CHANGES[change](site, name, letter)
            time.sleep(TICK)  # the clock of the file system moves on, else it could not know; see the two seconds
            assert read_catalog([str(site)], cache=cache) == read_catalog([str(site)]), change


@ON_ALL
@pytest.mark.parametrize("change", sorted(CHANGES))
def test_each_change_is_seen_through_a_full_cache(change: str, tmp_path: Path) -> None:
    site, cache = tmp_path / "site", tmp_path / "catalog.json"
    for name in NAMES:
        _install(site, name, "a")
    time.sleep(TICK)
    read_catalog([str(site)], cache=cache)
    assert cache.is_file()
    CHANGES[change](site, "alpha", "b")
    time.sleep(TICK)
    assert read_catalog([str(site)], cache=cache) == read_catalog([str(site)])
