"""What lies under a hash is what the hash says, whatever happened while it came."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from hub_core.disk_space import DiskFull
from hub_core.packages import LockedWheel, WheelDamaged, WheelStore
from hub_core.packages import wheel_store as store_file
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.small_wheels import wheel


def test_a_wheel_is_copied_and_measured(tmp_path: Path) -> None:
    store, file = WheelStore(tmp_path / "wheels"), wheel(tmp_path, "shop")
    kept = store.add(file)
    assert kept == LockedWheel(filename=file.name, sha256=file_hash(file))
    assert store.has(kept)
    assert store.path(kept).read_bytes() == file.read_bytes()
    assert store.add(file, kept.sha256) == kept
    store.check(kept)


def test_one_that_is_not_what_was_promised_does_not_come_in(tmp_path: Path) -> None:
    store, file = WheelStore(tmp_path / "wheels"), wheel(tmp_path, "shop")
    with pytest.raises(WheelDamaged) as raised:
        store.add(file, "0" * 64)
    assert (raised.value.code, raised.value.expected, raised.value.found) == (
        "wheel_damaged",
        "0" * 64,
        file_hash(file),
    )
    assert list(store.folder.iterdir()) == []


def test_a_full_disk_half_way_leaves_nothing_under_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, file = WheelStore(tmp_path / "wheels"), wheel(tmp_path, "shop")

    def half(source: object, copy: object, length: int) -> None:
        copy.write(b"half")  # type: ignore[attr-defined]
        assert not any(store.folder.rglob("*.whl"))
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", half)
    with pytest.raises(DiskFull) as raised:
        store.add(file)
    assert raised.value.problem == f"{file.name} cannot be kept"
    assert list(store.folder.iterdir()) == []


def test_a_file_gets_its_name_when_it_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, file = WheelStore(tmp_path / "wheels"), wheel(tmp_path, "shop")

    def killed(part: Path, place: Path) -> None:
        assert file_hash(part) == file_hash(file)
        assert not place.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(store_file, "take_in", killed)
    with pytest.raises(KeyboardInterrupt):
        store.add(file)
    assert not any(store.folder.rglob("*.whl"))


def test_what_was_left_half_written_is_swept(tmp_path: Path) -> None:
    store, file = WheelStore(tmp_path / "wheels"), wheel(tmp_path, "shop")
    kept = store.add(file)
    (store.folder / "books-1.0-py3-none-any.whl.part").touch()
    (store.folder / "notes.txt").touch()
    assert store.sweep(()) == (kept.filename,)
    assert [each.name for each in store.folder.iterdir()] == ["notes.txt"]
