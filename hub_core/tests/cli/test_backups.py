"""What people see of backups: a line when one is made, a command to put it back, a check of how many there are."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hub_core.cli.backup_text import size
from hub_core.cli.main import main
from hub_core.operations.doctor import backups as doctor_backups
from hub_core.tests.cli.hub_processes import PROGRAM, environment, run_hub
from hub_core.tests.operations.shop import FIRST, SECOND, Shop
from hub_core.tests.sample_modules import SampleModules


@pytest.fixture
def shop(tmp_path: Path, database_url: str, samples: SampleModules) -> Shop:
    """Shop 1.0 with data, and 2.0 installed."""
    shop = Shop(tmp_path, database_url, samples).brought_up()
    shop.install("2.0", FIRST, SECOND)
    return shop


def hub(shop: Shop, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return run_hub(shop.folder, *arguments, path=shop.samples.site, HUB_DATABASE_URL=shop.database_url)


def test_migrate_says_where_the_backup_is_and_restore_puts_it_back(shop: Shop) -> None:
    before = shop.dump()
    done = hub(shop, "migrate", "--yes")
    assert done.returncode == 0, done.stderr
    [file] = shop.files
    relative = file.relative_to(shop.folder)
    kilobytes = size(file.stat().st_size)
    assert f"backup of shop 1.0 (23 rows, {kilobytes}): {relative}\n" in done.stdout
    again = "sample-shop 2.0 is installed, and the next `hub up` migrates shop to shop_2 again; to stay at 1.0, first run: pip install 'sample-shop==1.0'"
    done = hub(shop, "restore", str(relative), "--yes")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "plan:"
    assert lines[1].startswith("  put shop back as it was on 20")
    assert lines[1].endswith("Z: version 1.0, revision shop_1, 23 rows in 4 tables")
    served = "a hub that serves answers 503 for shop until it is migrated; while it serves run: hub enable shop"
    assert lines[2:6] == [
        "  the tables of shop that are there now, at shop_2, are removed with all that was written since",
        "  what they hold is backed up first",
        f"  {again}",
        f"  {served}",
    ]
    assert lines[6].startswith("backup of shop 1.0 (24 rows, "), "migrate records no upgrade"
    assert lines[7:] == ["restored: shop 1.0, 23 rows in 4 tables", again, served]
    assert shop.dump() == before


def test_json_carries_the_backups(shop: Shop) -> None:
    done = hub(shop, "migrate", "--yes", "--json")
    [made] = json.loads(done.stdout)["backups"]
    [file] = shop.files
    assert made == {
        "module": "shop",
        "version": "1.0",
        "revision": "shop_1",
        "path": str(file),
        "rows": 23,
        "bytes": file.stat().st_size,
    }
    assert "backup of shop 1.0" in done.stderr
    told = json.loads(hub(shop, "restore", str(file), "--yes", "--json").stdout)
    assert (told["module"], told["version"], told["revision"], told["rows"]) == ("shop", "1.0", "shop_1", 23)
    assert (told["installed"], told["migrates_again"]) == ("2.0", True)
    assert [(each["version"], each["revision"]) for each in told["backups"]] == [("1.0", "shop_2")]


def test_without_a_terminal_nobody_can_agree(shop: Shop) -> None:
    hub(shop, "migrate", "--yes")
    before = shop.dump()
    done = hub(shop, "restore", str(shop.files[0]))
    assert done.returncode == 2
    assert "put shop back as it was" in done.stdout
    assert done.stderr.endswith("remedy: add --yes\n")
    assert (shop.dump(), len(shop.files)) == (before, 1)


def test_on_a_terminal_a_person_may_say_no(shop: Shop) -> None:
    hub(shop, "migrate", "--yes")
    before = shop.dump()
    master, terminal = pty.openpty()
    os.write(master, b"n\n")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "restore", str(shop.files[0])],
        cwd=shop.folder,
        env=environment(shop.samples.site, HUB_DATABASE_URL=shop.database_url),
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(master)
    os.close(terminal)
    assert done.returncode == 1
    assert "the plan was not carried out" in done.stderr
    assert (shop.dump(), len(shop.files)) == (before, 1)


def test_what_is_no_backup_is_one_error(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no backup")
    done = hub(shop, "restore", "notes.txt", "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "error: notes.txt cannot be read as a backup",
        "cause: it is neither an SQLite database nor an archive of tables",
        "remedy: Name another backup: hub backup list shows those in the folders of this hub",
    ]


def test_a_backup_that_fails_is_told_with_its_remedy(shop: Shop) -> None:
    (shop.folder / ".hub").mkdir(exist_ok=True)
    (shop.folder / ".hub" / "backups").write_text("in the way")
    done = hub(shop, "migrate", "--yes")
    assert done.returncode == 1
    assert "shop failed: backup" in done.stderr
    assert shop.ask("SELECT revision FROM hub_module WHERE name = 'shop'") == [("shop_1",)]


@pytest.fixture
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of backups below the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".hub" / "backups"
    folder.mkdir(parents=True)
    return folder


def examined(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    main(["doctor", "--json"])
    return [each for each in json.loads(capsys.readouterr().out) if each["check"] == "backups"]


def test_doctor_counts_backups_and_names_what_is_left_over(backups: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (backups / "a.db").write_bytes(b"x" * 1_500_000)
    (backups / "b.tar.gz").write_bytes(b"x" * 1_000_000)
    [told] = examined(capsys)
    assert (told["level"], told["code"], told["text"]) == ("ok", "backups", f"2 backups in {backups}, 2.5 MB")
    (backups / "c.db.part").write_bytes(b"")
    left, told = examined(capsys)
    assert (left["level"], left["code"]) == ("warning", "backup_incomplete")
    assert left["text"] == f"{backups / 'c.db.part'} is left over from a backup that was cut off"
    assert told["code"] == "backups"


def test_doctor_warns_of_many_backups_and_of_little_room(
    backups: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (backups / "a.db").write_bytes(b"x" * 1_500_000)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(0, 0, 1_000_000))
        [told] = examined(capsys)
    assert (told["level"], told["code"]) == ("warning", "backups_no_room")
    assert told["text"] == f"1 backup in {backups}, 1.5 MB; 1.0 MB are free, and the largest of them has 1.5 MB"
    for number in range(doctor_backups.MANY):
        (backups / f"shop-{number}.db").write_bytes(b"")
    os.utime(backups / "shop-7.db", (0, 0))
    [told] = examined(capsys)
    assert (told["level"], told["code"]) == ("warning", "backups_many")
    assert told["text"] == f"21 backups in {backups}, 1.5 MB"
    assert told["remedy"].endswith("the oldest is shop-7.db")


def test_doctor_says_nothing_where_there_never_was_a_backup(backups: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backups.rmdir()
    assert examined(capsys) == []


def test_sizes_are_read_by_people() -> None:
    assert [size(count) for count in (0, 999, 34_200, 5_600_000, 7_890_000_000)] == [
        "0 bytes",
        "999 bytes",
        "34 KB",
        "6 MB",
        "7.9 GB",
    ]
