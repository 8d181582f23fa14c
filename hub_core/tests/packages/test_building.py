"""An environment is what its lock says or it is not there; what runs is not touched by either."""

import os
import signal
import stat
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.disk_space import DiskFull
from hub_core.packages import (
    EnvironmentBroken,
    EnvironmentTaken,
    InstallerFailed,
    Lock,
    LockedPackage,
    LockedWheel,
    LockUnfit,
    WheelDamaged,
    WheelMissing,
    build,
    write_lock,
)
from hub_core.packages import building as building_file
from hub_core.packages.installer import Installer
from hub_core.packages.new_venv import site_packages
from hub_core.packages.verifying import faults_of
from hub_core.tests.packages.conftest import Place, tree
from hub_core.tests.packages.small_wheels import wheel
from hub_core.tests.small_volume import small_volume

REPOSITORY = Path(__file__).parents[3]


def printed(program: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    return subprocess.run([program], check=True, capture_output=True, text=True, env=environment).stdout.strip()


def running(place: Place) -> dict[str, tuple[int, bytes | str]]:
    """A current environment with shop 1.0, and all there is in it."""
    wheel(place.wheelhouse, "shop", requires=("paint",), scripts=("shop",))
    wheel(place.wheelhouse, "paint")
    lock = place.lock("shop")
    with place.open() as at:
        build(lock, at, name="old")
    place.environments.switch("old")
    return tree(place.environments.folder / "old")


def still_runs(place: Place, before: dict[str, tuple[int, bytes | str]]) -> None:
    """The old environment is as it was, byte for byte, and starts (case 98)."""
    assert tree(place.environments.folder / "old") == before
    assert [each.name for each in place.environments.all()] == ["old"]
    assert printed(place.environments.folder / "current" / "bin" / "shop") == "1.0"
    assert sorted(each.name for each in place.environments.folder.iterdir() if each.is_dir()) == ["current", "old"]


def test_an_environment_holds_what_is_locked_and_nothing_else(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint",), scripts=("shop",))
    wheel(place.wheelhouse, "paint")
    lock = place.lock("shop")
    with place.open() as at:
        environment = build(lock, at)
    assert environment.name == "1"
    assert environment.lock == lock
    site = site_packages(environment.folder)
    assert sorted(each.name for each in site.iterdir() if each.name != "__pycache__") == [
        "paint-1.0.dist-info",
        "paint.py",
        "shop-1.0.dist-info",
        "shop.py",
    ]
    assert list(faults_of(site, lock)) == []
    assert not any(site.rglob("direct_url.json")), "what is in the store did not come from a URL"
    assert printed(environment.folder / "bin" / "shop") == "1.0"


def test_what_runs_in_it_writes_nothing(place: Place) -> None:
    before = running(place)
    printed(place.environments.folder / "old" / "bin" / "shop")
    assert tree(place.environments.folder / "old") == before


def test_what_the_environment_before_has_compiled_is_not_compiled_again(uv_place: Place) -> None:
    """As far as it is the same file: an edited one, and one of another release, get bytecode of their own."""
    running(uv_place)
    old = site_packages(uv_place.environments.folder / "old")
    wheel(uv_place.wheelhouse, "paint", "2.0")
    edited = old / "shop.py"
    lock = uv_place.lock("shop", "paint==2.0")
    with uv_place.open() as at:
        new = site_packages(build(lock, at, name="new").folder)
        assert edited.samefile(new / "shop.py")
        assert _bytecode(old, "shop").samefile(_bytecode(new, "shop"))
        assert not _bytecode(old, "paint").samefile(_bytecode(new, "paint"))
        content = edited.read_text()
        edited.unlink()
        edited.write_text(content)  # the same, of another time
        later = site_packages(build(lock, at, name="later").folder)
    assert _bytecode(new, "shop").samefile(_bytecode(later, "shop"))
    assert not _bytecode(old, "paint").samefile(_bytecode(later, "paint"))
    assert str(old.parents[2]).encode() not in _bytecode(old, "shop").read_bytes()


def test_one_that_never_ran_goes_before_those_that_did(uv_place: Place) -> None:
    running(uv_place)
    lock = uv_place.lock("shop")
    with uv_place.open() as at:
        build(lock, at, name="next")
        build(lock, at, name="tried")
    uv_place.environments.switch("next")
    assert uv_place.environments.sweep(1) == ("tried",)
    assert [each.name for each in uv_place.environments.all()] == ["old", "next"]


def _bytecode(site: Path, package: str) -> Path:
    (found,) = (site / "__pycache__").glob(f"{package}.*.pyc")
    return found


def test_a_file_that_is_no_python_is_left_uncompiled(place: Place) -> None:
    wheel(place.wheelhouse, "shop", files={"template.py": "{{ name }} = ("})
    lock = place.lock("shop")
    with place.open() as at:
        environment = build(lock, at)
    compiled = {each.name.partition(".")[0] for each in site_packages(environment.folder).rglob("*.pyc")}
    assert compiled == {"shop"}


def test_a_wheel_that_ends_every_interpreter_is_told(uv_place: Place) -> None:
    before = running(uv_place)
    wheel(uv_place.wheelhouse, "books", files={"sitecustomize.py": "import os; os._exit(3)"})
    lock = uv_place.lock("books")
    with uv_place.open() as at, pytest.raises(InstallerFailed) as raised:
        build(lock, at, name="new")
    assert raised.value.problem == f"{uv_place.environments.folder / 'new'} could not be compiled"
    assert raised.value.cause == "it ended with code 3"
    still_runs(uv_place, before)


def test_a_process_knows_which_environment_it_was_started_in(uv_place: Place) -> None:
    """Started through ``current``; what that leads to later is not where it runs."""
    code = "import sys\nfrom pathlib import Path\nfrom hub_core.packages import Environments\n"
    code += f"environments = Environments(Path({str(uv_place.settings.state_folder)!r}))\n"
    code += "def main():\n    environments.switch('new')\n    print(environments.running_in().name, environments.current().name)\n"
    wheel(uv_place.wheelhouse, "shop", files={"shop_tool.py": code})
    lock = uv_place.lock("shop")
    with uv_place.open() as at:
        build(lock, at, name="old")
        build(lock, at, name="new")
    uv_place.environments.switch("old")
    for program in ("current", "old"):
        uv_place.environments.switch("old")
        python = uv_place.environments.folder / program / "bin" / "python"
        path = os.pathsep.join([str(REPOSITORY), sysconfig.get_path("purelib")])
        ran = subprocess.run(
            [python, "-c", "import shop_tool; shop_tool.main()"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        )
        assert ran.stdout == "old new\n"


def test_the_first_line_of_a_script_names_the_environment_itself(place: Place) -> None:
    running(place)
    script = place.environments.folder / "current" / "bin" / "shop"
    assert str(place.environments.folder / "old" / "bin" / "python") in script.read_text()


def test_an_environment_outlives_the_one_it_was_made_from(uv_place: Place) -> None:
    running(uv_place)
    python = (uv_place.environments.folder / "old" / "bin" / "python").resolve()
    assert not python.is_relative_to(Path(sys.prefix).resolve()) or sys.prefix == sys.base_prefix


def test_a_wheel_that_was_changed_in_the_store_is_not_installed(place: Place) -> None:
    before = running(place)
    wheel(place.wheelhouse, "books")
    lock = place.lock("books")
    (package,) = lock.packages
    with place.open() as at:
        at.store.path(package.wheel).write_bytes(wheel(place.folder, "books", files={"evil.py": ""}).read_bytes())
        with pytest.raises(WheelDamaged) as raised:
            build(lock, at)
    assert raised.value.expected == package.wheel.sha256
    still_runs(place, before)


def test_the_tool_itself_refuses_a_wheel_with_another_hash(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look and the installation a file may change as well."""
    before = running(place)
    lock = place.lock("paint")
    (package,) = lock.packages
    wrong = replace(package, wheel=LockedWheel(filename=package.wheel.filename, sha256="0" * 64))
    with place.open() as at:
        at.store.path(wrong.wheel).parent.mkdir()
        at.store.path(wrong.wheel).write_bytes(at.store.path(package.wheel).read_bytes())
        monkeypatch.setattr("hub_core.packages.wheel_store.WheelStore.check", lambda store, wheel: None)
        with pytest.raises(InstallerFailed) as raised:
            build(Lock(packages=(wrong,)), at)
    assert raised.value.problem == f"{place.tool} could not install what is locked"
    assert raised.value.remedy == "Correct what it says, then run this again"
    assert "hash" in raised.value.output.lower()
    still_runs(place, before)


def test_a_wheel_that_is_not_in_the_store_is_named(uv_place: Place) -> None:
    lock = Lock(
        packages=(
            LockedPackage(
                name="shop", version="1.0", wheel=LockedWheel(filename="shop-1.0-py3-none-any.whl", sha256="0" * 64)
            ),
        )
    )
    with uv_place.open() as at, pytest.raises(WheelMissing) as raised:
        build(lock, at)
    assert str(raised.value) == (
        f"shop-1.0-py3-none-any.whl is not among the wheels in {uv_place.environments.wheels}\n"
        "remedy: Let the hub fetch what is locked again, from a source that has it"
    )


def test_a_lock_for_another_python_is_refused(uv_place: Place) -> None:
    with uv_place.open() as at, pytest.raises(LockUnfit) as raised:
        build(Lock(packages=(), python="3.2"), at)
    running_python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert str(raised.value) == (
        f"the lock was made for Python 3.2, and this is {running_python}\n"
        "remedy: Run the hub with what the lock was made for; or remove hub.lock and install the modules anew here"
    )


def test_all_that_is_not_as_locked_is_named_and_the_environment_removed(place: Place) -> None:
    """Two releases that do not fit, files that two distributions bring, one that belongs to nobody."""
    before = running(place)
    wheel(place.wheelhouse, "books")
    broken = wheel(place.folder / "broken", "books", "2.0", requires=("paint>=7", "ink"))
    lock = place.lock("paint", wheels=())
    with place.open() as at:
        added = at.store.add(broken)
        books = LockedPackage(name="books", version="2.0", wheel=added)
        with pytest.raises(EnvironmentBroken) as raised:
            build(Lock(packages=(books, *lock.packages)), at, name="new")
    assert str(raised.value) == (
        "environment new did not become what was locked, and was removed\n"
        "cause: books 2.0 needs paint>=7, and 1.0 is there; books 2.0 needs ink, which is not there\n"
        "remedy: Correct what is named, then run this again"
    )
    still_runs(place, before)


def test_what_is_changed_added_or_missing_in_an_environment_is_found(uv_place: Place) -> None:
    running(uv_place)
    lock = uv_place.environments.find("old").lock  # type: ignore[union-attr]
    site = site_packages(uv_place.environments.folder / "old")
    (site / "shop.py").unlink()
    (site / "paint.py").unlink()
    (site / "paint.py").write_text("evil")
    (site / "added.pth").write_text("import os")
    faults = list(faults_of(site, replace(lock, packages=(replace(lock.packages[0], version="2.0"),))))
    assert faults == [
        "paint 1.0 is there, and 2.0 is locked",
        "shop 1.0 is there and not locked",
        f"{site / 'paint.py'} is not the file that paint brought",
        f"{site / 'shop.py'} is gone, which shop brought",
        f"{site / 'added.pth'} belongs to no distribution",
    ]


@pytest.mark.parametrize("how", ["fails", "killed"])
def test_a_tool_that_ends_half_way_leaves_what_runs(
    place: Place, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Case 90: the tool has begun to write the new environment, and dies."""
    before = running(place)
    wheel(place.wheelhouse, "books")
    lock = place.lock("shop", "books")
    program = tmp_path / "tool"
    end = "kill -9 $$" if how == "killed" else "echo 'error: the network is gone'; exit 2"
    program.write_text(
        f"#!/bin/sh\nfor made in {place.environments.folder}/*/lib/*/site-packages; do echo half >> $made/half.py; done\n{end}\n"
    )
    # only into the new one: the old one is read-only to this tool
    program.write_text(program.read_text().replace("*/lib", "new/lib"))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def dies(installer: Installer, *arguments: object, **options: object) -> None:
        at = arguments[-1]
        ran = at.run([str(program)])  # type: ignore[attr-defined]
        raise ran.told("it could not install what is locked", place.environments.folder)

    with place.open() as at:
        monkeypatch.setattr(type(at.installer), "install", dies)
        with pytest.raises(InstallerFailed) as raised:
            build(lock, at, name="new")
    cause = "error: the network is gone" if how == "fails" else f"it ended with code {-signal.SIGKILL}"
    assert raised.value.cause == cause
    still_runs(place, before)


def test_a_full_disk_is_told_and_leaves_what_runs(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 18: the volume of the state folder is really full."""
    place.folder.mkdir()
    with small_volume(tmp_path / "volume", 24) as volume:
        place.changes["state_dir"] = volume.folder
        monkeypatch.setenv("UV_LINK_MODE", "copy")
        before = running(place)
        big = {f"big{number}.py": "#" + os.urandom(400_000).hex() for number in range(4)}
        wheel(place.wheelhouse, "books", files=big)
        lock = place.lock("books")
        volume.leave(2_000_000)
        with place.open() as at, pytest.raises(DiskFull) as raised:
            build(lock, at, name="new")
        volume.empty()
        assert raised.value.problem in {
            f"{place.tool} could not install what is locked",
            "environment new cannot be made",
        }
        assert raised.value.cause is not None
        assert raised.value.cause.startswith(f"no space is left on {volume.folder}, where ")
        still_runs(place, before)
        with place.open() as at:
            assert build(lock, at, name="new").lock == lock


def test_a_file_edited_in_one_environment_does_not_get_into_the_next(place: Place) -> None:
    """uv links files from its cache: who edits one there edits it for all environments to come."""
    running(place)
    lock = place.lock("shop")
    edited = site_packages(place.environments.folder / "old") / "shop.py"
    with edited.open("r+") as file:
        file.write("EDITED")
    with place.open() as at:
        environment = build(lock, at, name="new")
    assert list(faults_of(site_packages(environment.folder), lock)) == []
    assert printed(environment.folder / "bin" / "shop") == "1.0"


@pytest.mark.parametrize("name", ["current", "current.new", "../out", "", "Big", "a/b", ".hidden", "old"])
def test_a_name_that_none_may_have_is_refused(uv_place: Place, name: str) -> None:
    (uv_place.environments.folder / "old").mkdir(parents=True)
    (uv_place.environments.folder / "old" / "pylock.toml").touch()
    with pytest.raises(EnvironmentTaken) as raised:
        uv_place.environments.place_for(name)
    cause = (
        "there is one of this name"
        if name == "old"
        else ("a name has small letters, digits, '.', '_' and '-', and is not 'current'")
    )
    assert str(raised.value) == f"no environment can be made as {name}\ncause: {cause}\nremedy: Choose another name"


def test_it_is_complete_only_at_the_last_step(uv_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(uv_place.wheelhouse, "shop")
    lock = uv_place.lock("shop")
    seen: list[bool] = []

    def looked_at(*arguments: object) -> None:
        seen.append(uv_place.environments.find("new") is None)
        write_lock(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(building_file, "write_lock", looked_at)
    with uv_place.open() as at:
        build(lock, at, name="new")
    assert seen == [True]
    assert uv_place.environments.find("new") is not None
