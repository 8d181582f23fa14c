"""An environment is what was built, or it is told what is not; and one that a process runs in is never removed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_core.packages import Environment, build, damage
from hub_core.packages import intactness as intactness_file
from hub_core.packages.new_venv import site_packages
from hub_core.tests.packages.conftest import Place
from hub_core.tests.packages.small_wheels import wheel

RUNS = """
import sys
sys.path[:0] = [sys.argv[1]]
from hub_core.cli.launching import occupy_here
sys.prefix = sys.argv[2]
occupy_here()
print("runs", flush=True)
sys.stdin.read()
"""
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def environment(uv_place: Place) -> Environment:
    wheel(uv_place.wheelhouse, "shop")
    lock = uv_place.lock("shop")
    with uv_place.open() as at:
        return build(lock, at)


def edited(folder: Path) -> str:
    file = site_packages(folder) / "shop.py"
    content = file.read_text()
    file.unlink()  # else the same file in the cache of uv would be edited
    file.write_text(content.replace("1.0", "9.9"))
    return f"{file} is not the file that shop brought"


def removed(folder: Path) -> str:
    (site_packages(folder) / "shop.py").unlink()
    return f"{site_packages(folder) / 'shop.py'} is gone, which shop brought"


def added(folder: Path) -> str:
    (site_packages(folder) / "extra.py").touch()
    return f"{site_packages(folder) / 'extra.py'} belongs to no distribution"


def uninstalled(folder: Path) -> str:
    shutil.rmtree(site_packages(folder) / "shop-1.0.dist-info")
    (site_packages(folder) / "shop.py").unlink()
    return "shop 1.0 is locked and not there"


def interpreter_gone(folder: Path) -> str:
    python = folder / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    return f"its interpreter {python} cannot be started"


def emptied(folder: Path) -> str:
    shutil.rmtree(site_packages(folder))
    return f"{site_packages(folder)} is gone"


def lock_edited(folder: Path) -> str:
    (folder / "pylock.toml").write_text("edited")
    return f"{folder / 'pylock.toml'} is not a lock"


@pytest.mark.parametrize("harm", [edited, removed, added, uninstalled, interpreter_gone, emptied, lock_edited])
def test_what_is_not_as_it_was_built_is_told(environment: Environment, harm: Callable[[Path], str]) -> None:
    assert damage(environment) == ()
    assert harm(environment.folder) in damage(environment)


def test_what_was_not_touched_is_not_read_again(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def faults(site: Path, lock: object) -> Iterator[str]:
        read.append(site)
        yield from ()

    monkeypatch.setattr(intactness_file, "faults_of", faults)
    assert damage(environment) == ()
    assert read == []
    os.utime(site_packages(environment.folder) / "shop.py")
    assert damage(environment) == ()
    assert damage(environment) == ()
    assert len(read) == 1, "read once, and found to be the same"


def test_bytecode_is_no_damage(environment: Environment) -> None:
    cache = site_packages(environment.folder) / "__pycache__"
    (cache / "other.pyc").write_bytes(b"1")
    assert damage(environment) == ()


def test_an_environment_that_a_process_runs_in_is_not_removed(uv_place: Place, environment: Environment) -> None:
    """Where nothing of what it has imported late would be there any more."""
    with uv_place.open() as at:
        other = build(environment.lock, at)
        at.environments.switch(other.name)
    command = [sys.executable, "-c", RUNS, str(REPOSITORY), str(environment.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "runs\n"
        assert uv_place.environments.sweep(0) == ()
        assert environment.folder.is_dir()
        process.stdin.close()
        process.wait(30)
    assert uv_place.environments.sweep(0) == (environment.name,)
    assert not environment.folder.exists()


BECOMES = """
import os, sys
sys.path[:0] = [sys.argv[1]]
if len(sys.argv) == 4:
    from hub_core.packages import occupy
    from pathlib import Path
    occupy(Path(sys.argv[2]))
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[3], sys.argv[1], sys.argv[2]])
print("became", flush=True)
sys.stdin.readline()
from hub_core.cli.launching import occupy_here
sys.prefix = sys.argv[2]
occupy_here()
there = os.stat(os.path.join(sys.prefix, "pylock.toml"))
print(sum(os.path.samestat(os.fstat(int(each)), there) for each in os.listdir("/dev/fd") if os.path.exists("/dev/fd/" + each)), flush=True)
sys.stdin.readline()
"""


def test_one_that_a_process_is_about_to_run_in_stays_as_well(uv_place: Place, environment: Environment) -> None:
    command = [sys.executable, "-c", BECOMES, str(REPOSITORY), str(environment.folder), BECOMES]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for told in ("became\n", "1\n"):
            assert process.stdout.readline() == told
            assert uv_place.environments.sweep(0) == ()
            process.stdin.write("\n")
            process.stdin.flush()
        process.wait(30)
    assert uv_place.environments.sweep(0) == (environment.name,)


def test_environments_of_one_lock_are_found_by_it_whatever_they_are_called(
    uv_place: Place, environment: Environment
) -> None:
    with uv_place.open() as at:
        other = build(environment.lock, at, name="blue")
    environments = uv_place.environments
    environments.switch(environment.name)
    assert environments.having(environment.lock.digest) == (environment, other)
    environments.switch(other.name)
    assert environments.having(environment.lock.digest) == (other, environment)
    lock_edited(other.folder)
    assert environments.having(environment.lock.digest) == (environment,)
    assert environments.having("0" * 64) == ()
