"""``kill -9`` at any moment leaves the old environment as it was, and the next build succeeds."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub_core.packages import Environments, build
from hub_core.packages.new_venv import site_packages
from hub_core.packages.verifying import faults_of
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.conftest import Place, tree
from hub_core.tests.packages.small_wheels import wheel

REPOSITORY = Path(__file__).parents[3]
KILLS = int(os.environ.get("HUB_TEST_KILLS", "3").replace("all", "100"))
CHILD = """
import sys
from pathlib import Path
from hub_core.packages import Asked, build, fetch, resolve, workshop
from hub_core.settings import read_settings
settings = read_settings(Path(sys.argv[1]), wheelhouse=Path(sys.argv[2]), installer=sys.argv[3], lock_seconds=60.0)
print("ready", flush=True)
with workshop(settings) as at:
    present = at.environments.current().lock
    lock = fetch(resolve(Asked(requirements=("shop", "books")), at, present=present), at)
    environment = build(lock, at)
    at.environments.switch(environment.name)
"""


def child(place: Place) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", CHILD, str(place.folder), str(place.wheelhouse), place.tool]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def consistent(place: Place, old: dict[str, tuple[int, bytes | str]]) -> None:
    environments = Environments(place.settings.state_folder)
    assert tree(environments.folder / "old") == old
    current = environments.current()
    assert current is not None, "there is always a current one"
    for environment in environments.all():
        assert list(faults_of(site_packages(environment.folder), environment.lock)) == []
    for file in environments.wheels.glob("*/*"):
        assert file_hash(file) == file.parent.name


@pytest.mark.timeout(300)
def test_a_kill_at_any_moment_is_survived(place: Place) -> None:
    wheel(place.wheelhouse, "shop", scripts=("shop",))
    lock = place.lock("shop")
    with place.open() as at:
        build(lock, at, name="old")
    place.environments.switch("old")
    for number in range(10):
        wheel(place.wheelhouse, f"lib{number}", files={f"lib{number}_{part}.py": "x = 1\n" * 50 for part in range(10)})
    wheel(place.wheelhouse, "books", requires=tuple(f"lib{number}" for number in range(10)))
    old = tree(place.environments.folder / "old")
    begun = time.monotonic()
    with child(place) as process:
        _, told = process.communicate()
    assert process.returncode == 0, told.decode()
    needed = time.monotonic() - begun
    chance = random.Random(f"{place.tool} {os.environ.get('HUB_TEST_SEED', '1')}")
    ended = 0
    for _ in range(KILLS):
        place.environments.switch("old")
        with place.open() as at:
            at.environments.sweep(0)
        with child(place) as process:
            time.sleep(chance.uniform(0, needed))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        ended += process.returncode == -signal.SIGKILL
        with place.open():  # waits for what the killed one left running, and removes what it left lying
            consistent(place, old)
    assert ended >= KILLS // 2, "most were killed before they were done"
    with child(place) as process:
        _, told = process.communicate()
    assert process.returncode == 0, told.decode()
    consistent(place, old)
    current = place.environments.current()
    assert current is not None
    assert set(current.lock.by_name) >= {"shop", "books", "lib0", "lib9"}
