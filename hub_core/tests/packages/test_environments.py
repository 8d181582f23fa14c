"""Which environments there are, which is current, and which may go."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest

from hub_core.packages import (
    Environments,
    EnvironmentsBusy,
    EnvironmentUnfinished,
    InstallerMissing,
    Lock,
    LockedPackage,
    LockedWheel,
    workshop,
    write_lock,
)
from hub_core.packages import environments as environments_file
from hub_core.packages.at_work import at_work
from hub_core.packages.tool import run_tool
from hub_core.settings import read_settings
from hub_core.tests.packages.conftest import Place

workshop_file = sys.modules["hub_core.packages.workshops"]  # its name in the face is the function
REPOSITORY = Path(__file__).parents[3]


def made(environments: Environments, name: str, digest: str = "a", *, age: int = 0) -> None:
    """A complete environment without anything in it, that was current ``age`` seconds ago."""
    folder = environments.folder / name
    folder.mkdir(parents=True)
    file = LockedWheel(filename="shop-1.0-py3-none-any.whl", sha256=digest * 64)
    write_lock(
        Lock(packages=(LockedPackage(name="shop", version="1.0", wheel=file),)),
        folder / "pylock.toml",
        environments.wheels,
    )
    os.utime(folder / "pylock.toml", (1_700_000_000 - age, 1_700_000_000 - age))
    wheel = environments.wheels / file.sha256 / file.filename
    wheel.parent.mkdir(parents=True, exist_ok=True)
    wheel.touch()


def names(environments: Environments) -> list[str]:
    return [each.name for each in environments.all()]


def test_where_nothing_was_made_there_is_nothing(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "state")
    assert (environments.current(), environments.all(), environments.running_in()) == (None, (), None)
    assert environments.next_name() == "1"
    assert environments.sweep(0) == ()
    assert not (tmp_path / "state").exists()


def test_switching_replaces_a_relative_link(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    made(environments, "2")
    environments.switch("1")
    assert environments.switch("2").name == "2"
    assert (environments.folder / "current").readlink() == Path("2")
    current = environments.current()
    assert current is not None
    assert current.name == "2"
    assert current.python == environments.folder / "2" / "bin" / "python"
    assert environments.next_name() == "3"
    assert not os.path.lexists(environments.folder / "current.new")


def test_a_link_left_by_a_killed_switch_is_no_obstacle(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    (environments.folder / "current.new").symlink_to("elsewhere")
    assert environments.switch("1").name == "1"


def test_there_is_no_moment_without_a_current_one(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    made(environments, "2")
    environments.switch("1")
    missing, done = [], threading.Event()

    def look() -> None:
        while not done.is_set():
            if environments.current() is None:
                missing.append(True)

    watcher = threading.Thread(target=look)
    watcher.start()
    for turn in range(200):
        environments.switch("12"[turn % 2])
    done.set()
    watcher.join()
    assert missing == []


@pytest.mark.parametrize("name", ["none", "half", "current", "../1"])
def test_switching_to_what_is_not_complete_is_refused(tmp_path: Path, name: str) -> None:
    environments = Environments(tmp_path / "state")
    made(environments, "1")
    environments.switch("1")
    (environments.folder / "half" / "bin").mkdir(parents=True)
    with pytest.raises(EnvironmentUnfinished) as raised:
        environments.switch(name)
    assert str(raised.value) == (
        f"there is no complete environment {name}\n"
        "cause: it was never made, or its making was interrupted\n"
        "remedy: Make it again, or choose another"
    )
    assert (environments.folder / "current").readlink() == Path("1")


def test_old_ones_go_with_their_wheels_and_the_last_used_stay(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    for number, digest in enumerate("abcdef"):
        made(environments, str(number + 1), digest, age=100 - number)
    (environments.folder / "7" / "lib").mkdir(parents=True)
    environments.switch("2")
    assert environments.sweep(2, in_use=("1",)) == ("7", "3", "4")
    assert names(environments) == ["1", "5", "6", "2"]
    assert sorted(each.name[0] for each in environments.wheels.iterdir()) == ["a", "b", "e", "f"]
    assert environments.sweep(0) == ("1", "5", "6")
    assert names(environments) == ["2"]


def test_wheels_of_other_locks_stay(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    lock = environments.all()[0].lock
    environments.sweep(0, locks=(lock,))
    assert [each.name for each in environments.wheels.iterdir()] == ["a" * 64]
    environments.sweep(0)
    assert list(environments.wheels.iterdir()) == []


def test_a_removal_that_is_killed_leaves_an_unfinished_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    (environments.folder / "1" / "bin").mkdir()
    monkeypatch.setattr(shutil, "rmtree", lambda *arguments, **options: None)
    environments.sweep(0)
    assert (environments.folder / "1" / "bin").is_dir()
    assert environments.find("1") is None
    monkeypatch.undo()
    assert environments.remove_unfinished() == ("1",)


def test_the_one_this_process_runs_in_is_known_and_never_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    made(environments, "2")
    environments.switch("2")
    assert environments.running_in() is None
    monkeypatch.setattr(environments_file, "_STARTED_IN", (environments.folder / "1").resolve())
    running = environments.running_in()
    assert running is not None
    assert running.name == "1"
    assert Environments(tmp_path / "other").running_in() is None
    environments.sweep(0)
    assert names(environments) == ["1", "2"]


def test_sizes_are_those_on_the_disk(tmp_path: Path) -> None:
    environments = Environments(tmp_path)
    made(environments, "1")
    empty = environments.all()[0].bytes
    (environments.folder / "1" / "big").write_bytes(os.urandom(100_000))
    assert 100_000 <= environments.all()[0].bytes - empty < 120_000


def test_the_second_one_waits_and_is_told_for_whom(tmp_path: Path) -> None:
    with at_work(tmp_path), pytest.raises(EnvironmentsBusy) as raised, at_work(tmp_path, 0.1):
        pass
    assert str(raised.value) == (
        f"another process is at work in {tmp_path}\n"
        f"cause: process {os.getpid()}, or what it started, did not end within 0.1 seconds\n"
        "remedy: Wait until it is done, or end it; then run this again"
    )
    with at_work(tmp_path, 0.1):
        pass


def test_what_a_killed_process_left_running_holds_the_lock(tmp_path: Path) -> None:
    code = (
        "import sys, os, subprocess\n"
        "from pathlib import Path\n"
        "from hub_core.packages.at_work import at_work\n"
        "with at_work(Path(sys.argv[1])) as held:\n"
        "    subprocess.Popen(['sleep', '1.5'], pass_fds=(held,), stdout=subprocess.DEVNULL)\n"
        "    print('started', flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=False)
    with pytest.raises(EnvironmentsBusy), at_work(tmp_path, 0):
        pass
    with at_work(tmp_path, 20):
        pass


def test_what_a_tool_left_running_holds_the_lock(tmp_path: Path) -> None:
    with at_work(tmp_path) as held:
        run_tool(["sh", "-c", "sleep 1.5 > /dev/null 2>&1 &"], {"PATH": os.environ["PATH"]}, tmp_path, held)
    with pytest.raises(EnvironmentsBusy), at_work(tmp_path, 0):
        pass
    with at_work(tmp_path, 20):
        pass


def test_an_interrupted_hub_ends_its_tool_with_all_it_started(tmp_path: Path) -> None:
    def interrupted(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupted)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt), at_work(tmp_path) as held:
            run_tool(["sh", "-c", "sleep 60 & sleep 60"], {"PATH": os.environ["PATH"]}, tmp_path, held)
    finally:
        signal.signal(signal.SIGALRM, before)
    with at_work(tmp_path, 5):
        pass


def test_an_installer_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop_file, "find_uv", lambda: None)
    with pytest.raises(InstallerMissing) as raised, workshop(read_settings(tmp_path, installer="uv")):
        pass
    assert str(raised.value) == "uv is not there to install with\nremedy: Run python -m pip install uv, or install pip"


def test_without_uv_pip_is_taken_and_without_both_the_one_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop_file, "find_uv", lambda: None)
    with workshop(read_settings(tmp_path)) as at:
        assert at.installer.name == "pip"
    monkeypatch.setattr("hub_core.packages.pip.find_spec", lambda name: None)
    monkeypatch.setattr("hub_core.packages.pip.sysconfig.get_config_var", lambda name: None)
    with (
        pytest.raises(InstallerMissing, match="pip is not there to install with"),
        workshop(read_settings(tmp_path)),
    ):
        pass


def test_the_pip_that_python_brings_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub_core.packages import pip as pip_file

    monkeypatch.setattr(pip_file, "find_spec", lambda name: None if name == "pip" else find_spec(name))
    found = pip_file.find_pip(tmp_path / "tools")
    ran = subprocess.run([sys.executable, "-I", found.runner, "--version"], check=True, capture_output=True, text=True)
    assert str(tmp_path / "tools") in ran.stdout


def test_what_lies_about_is_removed(uv_place: Place) -> None:
    state = uv_place.settings.state_folder
    (state / "packages.tmp" / "old").mkdir(parents=True)
    (state / "environments" / "9" / "bin").mkdir(parents=True)
    with uv_place.open() as at:
        assert list(at.bench.temporary.iterdir()) == []
        assert not (state / "environments" / "9").exists()
        at.bench.aside()
    assert not (state / "packages.tmp").exists()
