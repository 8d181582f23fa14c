"""Backup and restore of many rows: both stream, so memory does not grow with the tables."""

import subprocess
import sys

import pytest

from hub_core.tests.operations.shop import CART, FIRST, SECOND, Shop

ROWS = 100_000
GROWS_BY_MB = 48
"""What a process may need more than before; the rows themselves have 110 MB."""

PROGRAM = """
import os, pathlib, sys, time
folder, database_url, site, what = sys.argv[1:]
sys.path.insert(0, site)
os.chdir(folder)
import hub_core.migrations.alembic_run
from hub_core.operations.backups.archiving import create_archive
from hub_core.operations.backups.restore import restore
from hub_core.operations.backups.restore_all import has_several, restore_all
from hub_core.operations.up import up
from hub_core.settings import read_settings
settings = read_settings(pathlib.Path(folder), database_url=database_url)

def megabytes():
    # not ru_maxrss: that begins with what the process had that started this one
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

def say(backup):
    print("backup", round(time.perf_counter() - started, 1), "s", backup.bytes // 10**6, "MB")

before, started = megabytes(), time.perf_counter()
if what == "up":
    errors = up(settings, agree=lambda plan: None, on_revision=lambda run: None, on_backup=say).errors
    assert not errors, errors
elif what == "archive":
    create_archive(settings)
elif has_several(settings, pathlib.Path(what)):
    restore_all(settings, pathlib.Path(what), agree=lambda restoring: None)
else:
    restore(settings, pathlib.Path(what), agree=lambda restoring: None, on_backup=say)
print("all", round(time.perf_counter() - started, 1), "s")
print(megabytes() - before)
"""


def grown(shop: Shop, what: str) -> float:
    """By how many megabytes a process grew that did it."""
    arguments = [str(shop.folder), shop.database_url, str(shop.samples.site), what]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    print(shop.url.kind, what[:2], *done.stdout.splitlines(), sep="; ")
    return float(done.stdout.splitlines()[-1])


@pytest.mark.timeout(300)
def test_memory_does_not_grow_with_the_rows(shop: Shop) -> None:
    shop.install("1.0", FIRST)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    numbers = f"WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {ROWS})"
    filling = "'" + "x" * 1000 + "'"
    shop.run(f"INSERT INTO shop_log {numbers} SELECT {filling} || n FROM many")
    shop.install("2.0", FIRST, SECOND)
    assert grown(shop, "up") < GROWS_BY_MB
    [file] = shop.files
    shop.run("DELETE FROM shop_log")
    assert grown(shop, str(file)) < GROWS_BY_MB
    assert shop.ask("SELECT count(*) - 1, max(what) FROM shop_log") == [(ROWS, "x" * 1000 + "99999")], (
        "and one that a trigger wrote"
    )


@pytest.mark.timeout(900)
def test_memory_does_not_grow_with_the_rows_of_an_archive(shop: Shop) -> None:
    shop.install("1.0", FIRST)
    shop.install("1.0", CART, module="cart")
    assert shop.up().errors == ()
    grew: dict[str, list[float]] = {"archive": [], "restore": []}
    for rows in (10_000, 200_000):
        numbers = f"WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {rows})"
        shop.run("DELETE FROM shop_log", f"INSERT INTO shop_log {numbers} SELECT '{'x' * 300}' || n FROM many")
        grew["archive"].append(grown(shop, "archive"))
        grew["restore"].append(grown(shop, str(shop.files[-1])))
        assert shop.ask("SELECT count(*) FROM shop_log") == [(rows,)]
    assert all(many - few < 16 for few, many in grew.values()), grew  # the rows have 60 MB more
