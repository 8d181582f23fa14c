"""An installed distribution becomes its wheel again: real ones, of several backends, with scripts, headers and extensions."""

import os
import sys
import sysconfig
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.packages import Lock, LockedPackage, NotRepackable, adopted_lock, build
from hub_core.packages.installed import Installed, installed_in
from hub_core.packages.new_venv import new_venv, site_packages
from hub_core.packages.repacking import repack
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.conftest import Place, tree
from hub_core.tests.packages.small_wheels import project, wheel

HERE = Path(sysconfig.get_path("purelib"))
PREFIX = Path(sys.prefix)
REAL = ["alembic", "greenlet", "packaging", "pluggy", "typer", "typing-extensions"]


def real(name: str) -> Installed:
    return next(each for each in installed_in(HERE) if each.name == name)


def own_files(installed: Installed, prefix: Path) -> dict[str, tuple[bool, bytes]]:
    """Every file of a distribution but for what installers write beside it; scripts without their first line."""
    found = {}
    for name in installed.files.record:
        path = Path(os.path.normpath(installed.site / name))
        if path.suffix != ".pyc" and path.name not in {
            "INSTALLER",
            "REQUESTED",
            "RECORD",
            "uv_cache.json",
            "uv_build.json",
        }:
            content = path.read_bytes()
            if path.parent == prefix / "bin":
                content = b""  # made from the entry point, by each tool in its own words
            found[str(path.relative_to(prefix))] = (os.access(path, os.X_OK), content)
    return found


def test_real_distributions_are_the_same_after_being_installed_again(place: Place, tmp_path: Path) -> None:
    locked = []
    with place.open() as at:
        for name in REAL:
            found = real(name)
            assert found.project is None
            wheel = at.store.add(repack(found, PREFIX, tmp_path))
            locked.append(LockedPackage(name=name, version=found.version, wheel=wheel))
        at.installer.install(Lock(packages=tuple(locked)), at.store, new_venv(tmp_path / "venv"), at.bench)
    again = {each.name: each for each in installed_in(site_packages(tmp_path / "venv"))}
    assert sorted(again) == REAL
    for name in REAL:
        assert own_files(again[name], tmp_path / "venv") == own_files(real(name), PREFIX)


def test_it_becomes_the_same_wheel_each_time(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    one, other = repack(real("greenlet"), PREFIX, tmp_path), repack(real("greenlet"), PREFIX, tmp_path / "again")
    assert (one.name, file_hash(one)) == (other.name, file_hash(other))
    names = zipfile.ZipFile(one).namelist()
    assert any(name.endswith(".data/headers/greenlet.h") for name in names)
    assert not [name for name in names if name.endswith((".pyc", "INSTALLER", "REQUESTED"))]


def installed(folder: Path, name: str, rows: dict[str, bytes], *, kept: bool = True) -> Installed:
    """A distribution as if an installer had put these files there."""
    site = site_packages(folder)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n")
    lines = [f"{name}-1.0.dist-info/METADATA,,", f"{name}-1.0.dist-info/WHEEL,,"]
    for path, content in rows.items():
        file = Path(os.path.normpath(site / path))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        lines.append(f"{path},,")
    if kept:
        (info / "RECORD").write_text("\n".join([*lines, ""]))
    return installed_in(site)[0]


def test_files_outside_go_back_to_their_scheme(tmp_path: Path) -> None:
    found = installed(
        tmp_path / "venv",
        "shop",
        {
            "shop.py": b"1",
            "../../../bin/shop-tool": b"#!" + str(tmp_path).encode() + b"/venv/bin/python\nimport shop\n",
            "../../../bin/long-tool": b"#!/bin/sh\n'''exec' /long/path/python \"$0\" \"$@\"\n' '''\nimport shop\n",
            "../../../bin/binary": b"\x7fELF",
            "../../../share/man/shop.1": b"man",
            "../../../etc/shop.conf": b"conf",
            f"../../../include/site/{site_packages(tmp_path).parent.name}/shop/deep/shop.h": b"h",
        },
    )
    file = repack(found, tmp_path / "venv", tmp_path)
    assert file.name == "shop-1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert content == {
        "shop.py": b"1",
        "shop-1.0.data/scripts/shop-tool": b"#!python\nimport shop\n",
        "shop-1.0.data/scripts/long-tool": b"#!python\nimport shop\n",
        "shop-1.0.data/scripts/binary": b"\x7fELF",
        "shop-1.0.data/data/share/man/shop.1": b"man",
        "shop-1.0.data/data/etc/shop.conf": b"conf",
        "shop-1.0.data/headers/deep/shop.h": b"h",
    }


def test_what_lies_outside_the_environment_is_named(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    found = installed(tmp_path / "venv", "shop", {"../../../../outside.txt": b""})
    with pytest.raises(NotRepackable) as raised:
        repack(found, tmp_path / "venv", tmp_path)
    assert str(raised.value) == (
        "shop, as it is installed, cannot be taken over as a wheel\n"
        f"cause: {outside} lies outside the environment {tmp_path / 'venv'}\n"
        "remedy: Install it again from a wheel (pip install --force-reinstall shop), then run this again"
    )


@pytest.mark.parametrize("fault", ["no RECORD", "no WHEEL", "gone", "edited", "unreadable"])
def test_what_nobody_knows_to_be_whole_is_refused(tmp_path: Path, fault: str) -> None:
    found = installed(tmp_path / "venv", "shop", {"shop.py": b"1"}, kept=fault != "no RECORD")
    site = site_packages(tmp_path / "venv")
    if fault == "no WHEEL":
        (found.info / "WHEEL").unlink()
    elif fault == "gone":
        (site / "shop.py").unlink()
    elif fault == "edited":
        (found.info / "RECORD").write_text("shop.py,sha256=AAAA,1\n")
    elif fault == "unreadable":
        (found.info / "METADATA").write_text("")
    with pytest.raises(NotRepackable) as raised:
        repack(installed_in(site)[0], tmp_path / "venv", tmp_path)
    expected = {
        "no RECORD": f"{found.info} has no RECORD, so nobody knows which files are its own",
        "no WHEEL": f"{found.info / 'WHEEL'} cannot be read: No such file or directory",
        "gone": f"{site / 'shop.py'} cannot be read: No such file or directory",
        "edited": f"{site / 'shop.py'} is not the file that was installed",
        "unreadable": f"{found.info / 'METADATA'} has no Name",
    }[fault]
    assert raised.value.cause == expected


def test_a_hand_made_environment_is_adopted_without_a_source_and_only_read(place: Place, tmp_path: Path) -> None:
    """Adopted, built again aside, and the same: wheels, an editable project, a script."""
    source = wheel(tmp_path / "wheels", "shop", requires=("paint>=1",), scripts=("shop",)).parent
    wheel(source, "paint", "1.5")
    books = project(tmp_path / "books", "books", requires=("paint",))
    first = replace(place, folder=tmp_path / "first", changes={"wheelhouse": source})
    lock = first.lock("shop", editables=(books,))
    hand_made = tmp_path / "hand-made"
    python = new_venv(hand_made)
    with first.open() as at:
        at.installer.install(lock, at.store, python, at.bench)
    before = tree(hand_made)
    with place.open() as at:
        adopted = adopted_lock(at, prefix=hand_made, site=site_packages(hand_made))
        environment = build(adopted, at)
    assert tree(hand_made) == before
    assert {each.name: (each.version, each.project) for each in adopted.packages} == {
        "books": ("1.0", books),
        "paint": ("1.5", None),
        "shop": ("1.0", None),
    }
    assert {root.partition("=")[0] for root in adopted.roots} >= {"shop", "books"}
    for each in installed_in(site_packages(hand_made)):
        again = next(other for other in installed_in(site_packages(environment.folder)) if other.name == each.name)
        assert own_files(again, environment.folder) == own_files(each, hand_made)
    with place.open() as at:
        assert adopted_lock(at, prefix=hand_made, site=site_packages(hand_made)) == adopted


def test_a_module_is_installed_beside_what_was_adopted_without_any_of_it_in_the_source(
    place: Place, tmp_path: Path
) -> None:
    hand_made = tmp_path / "hand-made"
    installed(hand_made, "paint", {"paint.py": b"1"})
    wheel(place.wheelhouse, "shop", requires=("paint",))
    with place.open() as at:
        adopted = adopted_lock(at, prefix=hand_made, site=site_packages(hand_made))
    assert adopted.roots == ("paint",)
    lock = place.lock(*adopted.roots, "shop", present=adopted)
    assert lock.by_name["paint"] == adopted.by_name["paint"]
    with place.open() as at:
        assert build(lock, at).lock == lock


def test_a_distribution_that_is_there_twice_is_refused(uv_place: Place, tmp_path: Path) -> None:
    installed(tmp_path / "venv", "shop", {"shop.py": b"1"})
    site = site_packages(tmp_path / "venv")
    (site / "Shop-2.0.dist-info").mkdir()
    (site / "Shop-2.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: Shop\nVersion: 2.0\n")
    with uv_place.open() as at, pytest.raises(NotRepackable) as raised:
        adopted_lock(at, prefix=tmp_path / "venv", site=site)
    assert raised.value.cause == "it is there twice"
