"""No space left, at every number of bytes that is too small: old state whole, the error says so, and it works with space.

``HUB_TEST_EVERY_STEP=1`` tries each step (4 KiB on SQLite, 8 KiB on PostgreSQL); otherwise some of them, spread evenly.
"""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub_core.errors import HubError
from hub_core.testing.postgres_server import PostgresServer, own_postgres
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.small_volume import SmallVolume, small_volume

from .shop_releases import Shop, state

EVERY = os.environ.get("HUB_TEST_EVERY_STEP") == "1"
PAGE, BLOCK = 4096, 8192
SAMPLE = 12


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[SmallVolume]:
    with small_volume(tmp_path / "volume", 8) as volume:
        yield volume


def outcome(shop: Shop, url: str) -> str | None:
    """What ``hub up`` says is wrong; ``None`` when all is well."""
    try:
        errors = shop.up(url)
    except HubError as error:
        return str(error)
    return "\n".join(errors) or None


def budgets(needed: int, step: int) -> list[int]:
    """Every number of free bytes below ``needed`` in steps, or a sample with both ends and what lies beside them."""
    every = list(range(0, needed, step))
    if EVERY or len(every) <= SAMPLE:
        return every
    spread = {every[number * (len(every) - 1) // (SAMPLE - 4)] for number in range(SAMPLE - 3)}
    return sorted(spread | set(every[1:3]) | set(every[-2:]))


def needs(volume: SmallVolume, shop: Shop, url: str) -> int:
    """How much space the same thing takes when there is enough; at most, since files shrink again."""
    volume.empty()
    before = volume.free
    assert outcome(shop, url) is None
    return before - volume.free


def phase(said: str) -> str:
    """Which part of the way ran out of space."""
    parts = {
        "cannot make the lock": "lock",
        "the backup of": "backup",
        "cannot write /": "hub.toml",
        "the migration of hub": "core",
        "the migration of shop": "module",
        "cannot be written": "rows of the hub",
        "cannot make the folder": "folder",
    }
    return next((name for words, name in parts.items() if words in said), said)


def refill(volume: SmallVolume, pristine: Path) -> None:
    """Put on the volume what was there before the upgrade, and nothing else."""
    volume.empty()
    for each in volume.folder.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    shutil.copytree(pristine, volume.folder, dirs_exist_ok=True)


def test_a_first_start_on_a_full_volume(volume: SmallVolume, samples: SampleModules, tmp_path: Path) -> None:
    """The lock, the database file, the core's tables, hub.toml, the module's tables: each meets a full volume."""
    shop = Shop(samples, volume.folder)
    shop.release_second()
    (volume.folder / "hub.toml").unlink()
    pristine = tmp_path / "pristine"
    shutil.copytree(volume.folder, pristine)
    url = f"sqlite:///{volume.folder / 'hub.db'}"
    needed = needs(volume, shop, url)
    phases: dict[str, int] = {}
    for free in budgets(needed, PAGE):
        refill(volume, pristine)
        volume.leave(free)
        said = outcome(shop, url)
        if said is not None:
            assert f"no space is left on {volume.folder}, where " in said, (free, said)
            assert "remedy: Free some space there, and run this again" in said
            phases[phase(said)] = phases.get(phase(said), 0) + 1
        volume.empty()
        assert outcome(shop, url) is None, free
        assert state(url)["shop_item"][-1] == "(7, 5)"
        assert (volume.folder / "hub.toml").read_text()
    print(f"first start: {needed} bytes, {phases}")
    assert {"core", "module"} <= phases.keys() or {"rows of the hub", "module"} <= phases.keys()


@pytest.mark.parametrize("backup", ["true", "false"], ids=["with a backup", "without a backup"])
def test_an_upgrade_on_a_full_volume_of_sqlite(
    volume: SmallVolume, samples: SampleModules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backup: str
) -> None:
    """Backup, tables of the module, rows of the hub: whatever fits, the old state is whole in what is there."""
    monkeypatch.setenv("HUB_BACKUP_BEFORE_UPGRADE", backup)
    shop = Shop(samples, volume.folder)
    url = f"sqlite:///{volume.folder / 'hub.db'}"
    assert outcome(shop, url) is None
    before = state(url)
    shop.release_second()
    pristine = tmp_path / "pristine"
    shutil.copytree(volume.folder, pristine)
    needed = needs(volume, shop, url)
    phases: dict[str, int] = {}
    for free in budgets(needed, PAGE):
        refill(volume, pristine)
        volume.leave(free)
        said = outcome(shop, url)
        volume.empty()
        if said is not None:
            assert re.search("no space (is )?left", said), (free, said)
            assert re.search("remedy: .*[Ff]ree", said), (free, said)
            phases[phase(said)] = phases.get(phase(said), 0) + 1
            if "shop_more" not in state(url):
                assert state(url) == before, free
        assert outcome(shop, url) is None, free
        assert state(url)["shop_item"][-1] == "(7, 5)"
    print(f"upgrade on SQLite: {needed} bytes, {phases}")
    assert phases.keys() >= ({"backup"} if backup == "true" else {"module"})


def test_a_volume_on_which_no_file_can_be_made_names_the_lock(samples: SampleModules, tmp_path: Path) -> None:
    with small_volume(tmp_path / "volume", 8, files=50) as volume:
        shop = Shop(samples, volume.folder)
        url = f"sqlite:///{volume.folder / 'hub.db'}"
        assert needs(volume, shop, url) > 0
        (volume.folder / "hub.db.lock").unlink()
        with pytest.raises(OSError, match="No space left"):
            fill_with_files(volume.folder / "many")
        said = outcome(shop, url)
        assert said
        assert said.startswith(f"cannot make the lock {volume.folder / 'hub.db.lock'}")
        assert f"no space is left on {volume.folder}, where {volume.folder / 'hub.db.lock'} lies: " in said
        assert "no file more can be made there" in said
        shutil.rmtree(volume.folder / "many")
        assert outcome(shop, url) is None


def fill_with_files(folder: Path) -> None:
    folder.mkdir()
    for number in range(1000):
        (folder / str(number)).touch()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with own_postgres() as running:
        yield running


@pytest.fixture
def full_tablespace(server: PostgresServer) -> Iterator[tuple[SmallVolume, str]]:
    """A database whose tables lie on a small volume of the server; and its URL."""
    folder = server.log.parent / "space"
    with small_volume(folder, 24) as volume:
        tables = folder / "tables"
        tables.mkdir()
        if server.user:
            os.chown(tables, server.user.pw_uid, server.user.pw_gid)
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(f"CREATE TABLESPACE small LOCATION '{tables}'".encode())
            owner.execute(b"CREATE DATABASE small TEMPLATE template0 TABLESPACE small STRATEGY FILE_COPY")
        yield volume, server.url.rpartition("/")[0] + "/small"
        volume.empty()
        with psycopg.connect(server.url, autocommit=True) as owner:
            owner.execute(b"DROP DATABASE small WITH (FORCE)")
            owner.execute(b"DROP TABLESPACE small")


def test_an_upgrade_on_a_full_disk_of_the_postgresql_server(
    full_tablespace: tuple[SmallVolume, str], samples: SampleModules, tmp_path: Path
) -> None:
    """From nothing up to what the core needs, then what the module's upgrade needs."""
    volume, url = full_tablespace
    shop = Shop(samples, tmp_path)
    step = BLOCK if EVERY else 8 * BLOCK
    phases: dict[str, int] = {}
    for release in ("first", "second"):
        before = state(url)
        free = 0
        while True:
            volume.leave(free)
            said = outcome(shop, url)
            volume.empty()
            if said is None:
                break
            assert "no space is left on the disk of the database server at 127.0.0.1:" in said, (free, said)
            assert "No space left on device" in said
            phases[f"{release}: {phase(said)}"] = phases.get(f"{release}: {phase(said)}", 0) + 1
            if release == "second":
                assert state(url) == before, free
            free += step
        print(f"{release} release on PostgreSQL: enough with {free} bytes")
        if release == "first":
            shop.release_second()
    print(phases)
    assert state(url)["shop_item"][-1] == "(7, 5)"
    assert {"first: core", "second: module"} <= phases.keys()
