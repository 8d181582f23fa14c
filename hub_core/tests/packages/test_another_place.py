"""A lock where nothing is yet: its wheels come by hash, what is nowhere is named, and all of it fits into one folder."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.packages import (
    Lock,
    LockedPackage,
    LockedWheel,
    LockedWheelsMissing,
    LockUnfit,
    build,
    export,
    fetch_lock,
    read_lock,
)
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.conftest import Index, Place
from hub_core.tests.packages.small_wheels import project, wheel

REMEDY = "remedy: Run hub environment export DIR where the lock was made, bring DIR here, and set HUB_WHEELHOUSE=DIR"


def elsewhere(place: Place, **changes: object) -> Place:
    return replace(place, folder=place.folder.parent / "other-hub", changes=dict(changes))


def test_what_was_exported_makes_the_same_environment_without_any_other_source(place: Place, tmp_path: Path) -> None:
    """Releases, a wheel that was built here and is nowhere else, an editable project that lies in the same place there."""
    wheel(place.wheelhouse, "shop", requires=("paint",))
    wheel(place.wheelhouse, "paint")
    project(place.folder / "tools", "tools")
    built, linked = project(tmp_path / "books", "books"), place.folder / "tools"
    lock = place.lock("shop", projects=(built,), editables=(linked,))
    with place.open() as at:
        done = export(lock, tmp_path / "exported", at, beside=place.folder)
    assert sorted(done.wheels) == [f"{name}-1.0-py3-none-any.whl" for name in ("books", "paint", "shop")]
    assert done.projects == (("tools", linked),)
    assert (tmp_path / "exported" / "constraints.txt").read_text() == "books==1.0\npaint==1.0\nshop==1.0\n"
    other = elsewhere(place, wheelhouse=tmp_path / "exported")
    other.folder.mkdir()
    project(other.folder / "tools", "tools")
    (tmp_path / "exported" / "hub.lock").rename(other.folder / "hub.lock")
    found = read_lock(other.folder / "hub.lock")
    assert found.by_name["tools"].project == other.folder / "tools"
    with other.open() as at:
        environment = build(fetch_lock(found, at), at)
    assert environment.lock.digest == lock.digest
    assert environment.lock.roots == lock.roots


def test_every_wheel_that_the_wheelhouse_lacks_is_named_and_one_with_other_content_too(uv_place: Place) -> None:
    for name in ("books", "paint", "shop"):
        wheel(uv_place.wheelhouse, name)
    lock = uv_place.lock("books", "paint", "shop")
    other = elsewhere(uv_place)
    wheel(other.wheelhouse, "paint", files={"paint.py": "patched"})
    wheel(other.wheelhouse, "shop")
    with other.open() as at, pytest.raises(LockedWheelsMissing) as raised:
        fetch_lock(lock, at)
    assert str(raised.value) == (
        "books-1.0-py3-none-any.whl, paint-1.0-py3-none-any.whl, which the lock names by hash, "
        f"cannot be had from the wheelhouse {other.wheelhouse}\n"
        f"cause: it has paint-1.0-py3-none-any.whl with other content\n{REMEDY}"
    )


def test_a_wheel_that_the_index_lacks_is_named(place: Place, index: Index) -> None:
    for name in ("books", "shop"):
        wheel(place.wheelhouse, name)
    lock = place.lock("books", "shop")
    wheel(index.folder, "shop")
    other = elsewhere(place, wheelhouse=None, index_url=index.url)
    with other.open() as at, pytest.raises(LockedWheelsMissing) as raised:
        fetch_lock(lock, at)
    assert raised.value.wheels == ("books-1.0-py3-none-any.whl",)
    assert str(raised.value).endswith(REMEDY)


def test_an_index_that_is_away_is_told_with_what_it_should_have_brought(place: Place) -> None:
    wheel(place.wheelhouse, "shop")
    lock = place.lock("shop")
    other = elsewhere(place, wheelhouse=None, index_url="http://127.0.0.1:9/simple")
    with other.open() as at, pytest.raises(LockedWheelsMissing) as raised:
        fetch_lock(lock, at)
    assert raised.value.wheels == ("shop-1.0-py3-none-any.whl",)
    assert "cannot be read" in (raised.value.cause or "")


def test_a_lock_for_another_machine_is_refused_before_anything_is_fetched(uv_place: Place) -> None:
    file = LockedWheel(filename="greenlet-3.0-cp311-cp311-win_arm64.whl", sha256="a" * 64)
    lock = Lock(packages=(LockedPackage(name="greenlet", version="3.0", wheel=file),))
    with uv_place.open() as at, pytest.raises(LockUnfit) as raised:
        fetch_lock(lock, at)
    assert raised.value.problem.startswith(
        "the lock was made for another machine (greenlet-3.0-cp311-cp311-win_arm64.whl), and this is Python "
        f"{sys.version_info.major}.{sys.version_info.minor} on "
    )


def test_what_lies_in_the_folder_already_is_replaced_by_what_the_lock_names(uv_place: Place, tmp_path: Path) -> None:
    file = wheel(uv_place.wheelhouse, "shop")
    lock = uv_place.lock("shop")
    exported = tmp_path / "exported"
    exported.mkdir()
    (exported / file.name).write_bytes(b"old")
    for _ in range(2):
        with uv_place.open() as at:
            export(lock, exported, at, beside=uv_place.folder)
        assert file_hash(exported / file.name) == file_hash(file)
