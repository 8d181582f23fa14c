"""Archives of a million rows beside the databases' own tools: time and memory of each process."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.sites import Sites
from hub_core.database import connect, parse_url
from hub_core.testing.postgres_server import create_database, drop_database, program, running_postgres

ROWS = 1_000_000
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "shop_1"
down_revision = None


def upgrade():
    op.create_table(
        "shop_sale",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("price", sa.Numeric(12, 2)),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("paid", sa.Boolean),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_shop_sale_name", "shop_sale", ["name"])
"""
NOTE = "lorem ipsum dolor sit amet " * 3
FILL = {
    "sqlite": f"""
        INSERT INTO shop_sale WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
        SELECT i, 'sale ' || i, i % 10000 + 0.25, '2026-03-29 01:59:59.000000', i % 2, substr('{NOTE}', 1, i % 60) FROM n
    """,
    "postgresql": f"""
        INSERT INTO shop_sale SELECT i, 'sale ' || i, i % 10000 + 0.25, '2026-03-29 01:59:59+00', i % 2 = 1,
        substr('{NOTE}', 1, i % 60) FROM generate_series(1, {ROWS}) AS n (i)
    """,
}
HUB = "import sys; from hub_core.cli.main import main; sys.exit(main(sys.argv[1:]))"
"""What the console script does."""
UP = """
import pathlib
from hub_core.operations.up import up
from hub_core.settings import read_settings
up(read_settings(pathlib.Path.cwd()), agree=lambda plan: None, on_revision=lambda run: None)
"""


async def archiving(_: Sites) -> None:
    """On each database: archive, verify, restore there and on the other, and what the database's own tool takes."""
    with TemporaryDirectory(prefix="hub-bench-") as made, running_postgres() as server:
        folder = Path(made)
        _install(folder / "site")
        postgresql = create_database(server)
        here, there = folder / "sqlite", folder / "postgresql"
        urls = {here: f"sqlite:///{here / 'hub.db'}", there: postgresql}
        for home, url in urls.items():
            home.mkdir()
            _hub(home, url, folder, tells=False)
            _fill(url)
        print(f"\nA table of {ROWS:,} rows, six columns and an index; seconds and the largest memory of the process")
        for home, url in urls.items():
            kind, other = parse_url(url).kind, next(each for each in urls if each != home)
            print(f"{kind}:")
            file = home / "one.hubbackup"
            _hub(home, url, folder, "backup", "create", "shop", "--output", str(file))
            _hub(
                home, url, folder, "backup", "create", "shop", "--output", f"{file}.key", HUB_BACKUP_KEY="A" * 43 + "="
            )
            _hub(home, url, folder, "backup", "verify", str(file))
            _hub(home, url, folder, "restore", str(file), "--yes")
            _hub(other, urls[other], folder, "restore", str(file), "--yes")
            _print_size(file)
        _beside_sqlite(here)
        _beside_postgresql(server, postgresql, there)
        drop_database(server, postgresql)


def _print_size(file: Path) -> None:
    print(f"  the file has {file.stat().st_size / 1e6:.0f} MB")


def _install(site: Path) -> None:
    package, info = site / "bench_shop", site / "bench_shop-1.0.dist-info"
    (package / "migrations" / "versions").mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "hub-module.toml").write_text("")
    (package / "migrations" / "versions" / "shop_1.py").write_text(REVISION)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: bench-shop\nVersion: 1.0\nRequires-Dist: hub-hookspecs>=1\n"
    )
    (info / "entry_points.txt").write_text("[hub.modules]\nshop = bench_shop\n")
    (info / "RECORD").write_text("")


def _fill(url: str) -> None:
    from sqlalchemy import text

    with connect(parse_url(url)) as connection:
        connection.execute(text(FILL[parse_url(url).kind]))
        connection.commit()


def _hub(home: Path, url: str, folder: Path, *arguments: str, tells: bool = True, **variables: str) -> None:
    (home / "hub.toml").write_text("[modules.shop]\nenabled = true\n")
    path = os.pathsep.join([str(folder / "site"), *(each for each in sys.path if each)])
    environment = {**os.environ, "PYTHONPATH": path, "HUB_DATABASE_URL": url, **variables}
    name = f"hub {' '.join(each for each in arguments if not each.startswith(('/', '--')))}"
    name += " (encrypted)" if variables else ""
    if "restore" in arguments:
        name += f" from {'sqlite' if 'sqlite/' in arguments[-2] else 'postgresql'} into {home.name}"
    _measured(name, [sys.executable, "-c", HUB if arguments else UP, *arguments], environment, home, tells=tells)


def _measured(name: str, command: list[str], variables: Mapping[str, str], folder: Path, *, tells: bool = True) -> None:
    """Run a command and print its time, and the largest memory that was seen of it."""
    with (folder / "output").open("w+") as output:
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=dict(variables), stdout=output, stderr=output)
        most = 0
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(0.02)
        taken, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        output.seek(0)
        if process.returncode:
            raise RuntimeError(f"{name} failed: {output.read()}")
    if tells:
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"  {name:42} {taken:6.1f} s  {most / 1024:5.0f} MB  (processor {processor:.1f} s)", flush=True)


def _memory(process: int) -> int:
    """The largest memory of a process so far, in KB: not ru_maxrss, which begins with what its parent had."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) if found else 0


def _beside_sqlite(home: Path) -> None:
    print("beside, sqlite:")
    if program := shutil.which("sqlite3"):
        _measured("sqlite3 .backup", [program, "hub.db", ".backup copy.db"], os.environ, home)
        _measured("sqlite3 .restore", [program, "new.db", ".restore copy.db"], os.environ, home)
        _measured("sqlite3 .dump", [program, "hub.db", ".output dump.sql", ".dump shop_sale"], os.environ, home)
    copy = "import sqlite3; sqlite3.connect('hub.db').backup(sqlite3.connect('python.db'))"
    _measured("Connection.backup", [sys.executable, "-c", copy], os.environ, home)


def _beside_postgresql(server: str, url: str, home: Path) -> None:
    programs = program("pg_dump").parent
    print("beside, postgresql:")
    target = create_database(server)
    dump = [str(programs / "pg_dump"), "-Fc", "-Z1", "-t", "shop_sale", "-f", str(home / "dump"), url]
    _measured("pg_dump -Fc -Z1", dump, os.environ, home)
    _measured("pg_restore", [str(programs / "pg_restore"), "-d", target, str(home / "dump")], os.environ, home)
    _print_size(home / "dump")
    drop_database(server, target)
