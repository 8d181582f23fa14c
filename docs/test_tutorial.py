"""Follow the tutorial to the letter: its files, its commands, what it says they print."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.wheels.hub_process import hub_up

PAGE = Path(__file__).parent / "tutorial" / "first-module.md"
FILE = re.compile(r"^\*\*`(?P<path>[^`]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder the reader has made, installed where only these tests see it."""
    folder = tmp_path_factory.mktemp("tutorial") / "shelf"
    for found in FILE.finditer(PAGE.read_text(encoding="utf-8")):
        file = folder / found["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"], encoding="utf-8")
    site = str(folder.parent / "site")
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--target", site, folder], check=True
    )
    return folder


def installed_beside(shelf: Path) -> Mapping[str, str]:
    """The environment in which the tutorial's module is installed."""
    return {"PYTHONPATH": str(shelf.parent / "site"), "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_module_is_found(shelf: Path, tmp_path: Path) -> None:
    environment = {**os.environ, **installed_beside(shelf)}
    done = subprocess.run(
        [BIN / "hub", "check"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d of \d modules can run: .*\bshelf\b", done.stdout, re.MULTILINE)


def test_it_serves_books_and_shows_them(shelf: Path, tmp_path: Path, database_url: str) -> None:
    with hub_up(BIN / "hub", tmp_path, database_url, **installed_beside(shelf)) as running:
        with running.client(running.token) as client:
            assert client.post("/api/v1/shelf/books", json={"title": "Momo"}).status_code == 201
            assert [book["title"] for book in client.get("/api/v1/shelf/books").json()] == ["Momo"]
        with running.client(None) as visitor:
            assert visitor.post("/sign-in", data={"token": running.token, "next": "/shelf"}).status_code == 303
            assert "<li>Momo</li>" in visitor.get("/shelf").text


def test_its_tests_pass_on_both_databases(shelf: Path) -> None:
    environment = {**os.environ, **installed_beside(shelf)}
    command = [sys.executable, "-m", "pytest", "-q", "-o", "anyio_mode=auto", str(shelf / "tests")]
    done = subprocess.run(command, cwd=shelf.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "databases: sqlite 2 tests, postgresql 2 tests" in done.stdout, done.stdout + done.stderr
