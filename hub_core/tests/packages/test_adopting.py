"""Taking over what somebody made by hand: with the wheels that others can fetch, too, and so that it can be built upon."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.packages import Lock, adopted_lock, build
from hub_core.packages.installed import installed_in
from hub_core.packages.new_venv import new_venv, site_packages
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.conftest import Index, Place
from hub_core.tests.packages.small_wheels import project, wheel


def made_by_hand(place: Place, tmp_path: Path, *requirements: str) -> Path:
    """A virtual environment that the tool itself filled from the folder ``source``."""
    first = replace(place, folder=tmp_path / "elsewhere", changes={"wheelhouse": tmp_path / "source"})
    lock = first.lock(*requirements)
    with first.open() as at:
        at.installer.install(lock, at.store, new_venv(tmp_path / "venv"), at.bench)
    for info in site_packages(tmp_path / "venv").glob("*.dist-info"):
        (info / "direct_url.json").unlink(missing_ok=True)  # as if an index had had them
    return tmp_path / "venv"


def adopted(place: Place, venv: Path) -> Lock:
    with place.open() as at:
        return adopted_lock(at, prefix=venv, site=site_packages(venv))


def packed_otherwise(wheel: Path) -> None:
    """The same files, in a file with another hash."""
    with zipfile.ZipFile(wheel) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2021, 2, 2, 0, 0, 0)), each)


def hashes(lock: Lock) -> dict[str, str]:
    return {package.name: package.wheel.sha256 for package in lock.packages}


def test_the_wheel_of_the_source_is_taken_where_it_is_the_same_release(place: Place, tmp_path: Path) -> None:
    """One that is there, one that is nowhere, one of another content under the same version, one of another version."""
    source = tmp_path / "source"
    for name in ("books", "paint", "shop", "tools"):
        wheel(source, name, requires=("paint",) if name == "shop" else (), scripts=("shop",) if name == "shop" else ())
    venv = made_by_hand(place, tmp_path, "books", "shop", "tools")
    there = wheel(place.wheelhouse, "shop", requires=("paint",), scripts=("shop",))
    packed_otherwise(there)
    other = wheel(place.wheelhouse, "paint", files={"paint.py": "VERSION = 'patched'\n"})
    newer = wheel(place.wheelhouse, "tools", "2.0")
    lock = adopted(place, venv)
    found = hashes(lock)
    assert found["shop"] == file_hash(there)
    assert found["paint"] not in (file_hash(other), file_hash(source / other.name))
    assert found["tools"] != file_hash(newer)
    with place.open() as at:
        made = build(lock, at)
    for before, after in zip(installed_in(site_packages(venv)), installed_in(site_packages(made.folder)), strict=True):
        assert (before.name, before.version) == (after.name, after.version)


def test_an_index_is_asked_for_the_very_releases_and_what_it_lacks_is_made_again(
    place: Place, index: Index, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    for name in ("books", "paint", "shop"):
        wheel(source, name)
    venv = made_by_hand(place, tmp_path, "books", "paint", "shop")
    for name in ("books", "shop"):
        wheel(index.folder, name)
        wheel(index.folder, name, "2.0")
    place.changes.update(wheelhouse=None, index_url=index.url)
    found = hashes(adopted(place, venv))
    assert found["books"] == file_hash(index.folder / "books-1.0-py3-none-any.whl")
    assert found["shop"] == file_hash(index.folder / "shop-1.0-py3-none-any.whl")
    assert found["paint"] != file_hash(source / "paint-1.0-py3-none-any.whl")


def test_an_index_is_not_asked_for_what_was_installed_from_a_file(place: Place, index: Index, tmp_path: Path) -> None:
    wheel(tmp_path / "source", "shop")
    venv = made_by_hand(place, tmp_path, "shop")
    (next(site_packages(venv).glob("shop-*.dist-info")) / "direct_url.json").write_text(
        '{"url": "file:///downloads/shop-1.0-py3-none-any.whl", "archive_info": {}}'
    )
    wheel(index.folder, "shop")
    place.changes.update(wheelhouse=None, index_url=index.url)
    assert adopted(place, venv).by_name["shop"].version == "1.0"
    assert index.asked == []


def test_without_an_index_all_is_made_again_from_what_is_installed(place: Place, tmp_path: Path) -> None:
    wheel(tmp_path / "source", "shop")
    venv = made_by_hand(place, tmp_path, "shop")
    place.changes.update(wheelhouse=None, index_url="http://127.0.0.1:9/simple")
    lock = adopted(place, venv)
    with place.open() as at:
        assert build(lock, at).lock == lock


@pytest.mark.parametrize("named", [("core",), ("core", "driver"), ("core", "driver", "driver_binary")])
def test_what_is_required_with_an_extra_does_not_keep_a_module_from_being_installed(
    place: Place, tmp_path: Path, named: tuple[str, ...]
) -> None:
    """As psycopg beside psycopg[binary]: a constraint that names a file conflicts, for old releases of pip, with the extra."""
    source = tmp_path / "source"
    wheel(source, "driver", "3.0", requires=('driver-binary==3.0; extra == "binary"',), extras=("binary",))
    wheel(source, "driver_binary", "3.0")
    wheel(source, "core", requires=("driver[binary]>=3",))
    venv = made_by_hand(place, tmp_path, *named)
    lock = replace(adopted(place, venv), roots=named)  # as plain pip notes it of what it is told on its command line
    wheel(place.wheelhouse, "shop", requires=("core>=1", "driver"))
    again = place.lock(*lock.roots, "shop", present=lock)
    assert {name: each.version for name, each in again.by_name.items()} == {
        "core": "1.0",
        "driver": "3.0",
        "driver-binary": "3.0",
        "shop": "1.0",
    }
    assert hashes(lock).items() <= hashes(again).items()
    with place.open() as at:
        assert build(again, at).lock == again


def test_projects_that_are_installed_editable_stay_so(place: Place, tmp_path: Path) -> None:
    books = project(tmp_path / "books", "books")
    first = replace(place, folder=tmp_path / "elsewhere", changes={"wheelhouse": tmp_path})
    lock = first.lock(editables=(books,))
    with first.open() as at:
        at.installer.install(lock, at.store, new_venv(tmp_path / "venv"), at.bench)
    found = adopted(place, tmp_path / "venv")
    assert found.by_name["books"].project == books
    assert found.digest == lock.digest


@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_what_is_in_an_environment_has_the_same_digest_wherever_projects_lie(tmp_path: Path, python: str) -> None:
    from hub_core.packages import LockedPackage, LockedWheel

    def lock(*, digest: str, folder: str | None, roots: tuple[str, ...] = ()) -> Lock:
        file = LockedWheel(filename="shop-1.0-py3-none-any.whl", sha256=digest * 64)
        place = Path(folder) if folder else None
        return Lock(
            packages=(LockedPackage(name="shop", version="1.0", wheel=file, project=place),), python=python, roots=roots
        )

    assert lock(digest="a", folder="/one").digest == lock(digest="b", folder="/other").digest
    assert lock(digest="a", folder=None).digest != lock(digest="b", folder=None).digest
    assert lock(digest="a", folder=None, roots=("shop",)).digest == lock(digest="a", folder=None).digest
    assert lock(digest="a", folder=None).digest != replace(lock(digest="a", folder=None), python="3.9").digest
