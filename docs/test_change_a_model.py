"""Follow the page on changed models to the letter: its file, its commands, what it says they print and write."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from docs.test_tutorial import FILE
from docs.test_tutorial import PAGE as TUTORIAL
from tests.wheels.hub_process import hub_up

PAGE = Path(__file__).parent / "how-to" / "change-a-model.md"
BLOCK = re.compile(
    r"^ *(?:\*\*`(?P<path>[^`]+)`\*\*\n\n *)?```(?P<kind>\w+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
BIN = Path(sys.executable).parent


def blocks() -> list[tuple[str, str, str]]:
    """Path, kind and text of what stands in the numbered steps."""
    steps = PAGE.read_text(encoding="utf-8").partition("\n## ")[0]
    return [(each["path"] or "", each["kind"], textwrap.dedent(each["text"])) for each in BLOCK.finditer(steps)]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The project of the tutorial, installed editable."""
    folder = tmp_path / "shelf"
    for found in FILE.finditer(TUTORIAL.read_text(encoding="utf-8")):
        file = folder / found["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(found["text"], encoding="utf-8")
    command = [sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(tmp_path / "site"), "--editable", folder], check=True)
    return folder


@pytest.fixture
def environment(shelf: Path, tmp_path: Path) -> dict[str, str]:
    """Where the module is found; folders on this path have their ``.pth`` read by the hub, not by Python."""
    path = os.pathsep.join([str(tmp_path / "site"), str(shelf)])
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command of the page prints; ``diff`` answers 1 where something differs."""
    program, *arguments = [part.strip('"') for part in re.findall(r'"[^"]*"|\S+', command)]
    arguments = [
        path for part in arguments for path in (sorted(map(str, folder.glob(part))) if "*" in part else [part])
    ]
    offline = ["--no-isolation"] if "build" in arguments else []  # what builds is there; the index need not be
    done = subprocess.run(
        [str(BIN / program), *arguments, *offline],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in ((0, 1) if "diff" in arguments else (0,)), done.stdout + done.stderr
    return done.stdout


def test_the_page_leads_from_a_changed_model_to_a_wheel(
    shelf: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    url = f"sqlite:///{tmp_path / 'shelf.db'}"
    with hub_up(BIN / "hub", tmp_path, url, **environment):
        pass
    environment = {**environment, "HUB_DATABASE_URL": url}
    printed, ran = "", 0
    for path, kind, text in blocks():
        if path and kind == "python" and not (shelf / path).exists():
            raise AssertionError(f"{path} was not written: {printed}")
        if path.endswith("models/__init__.py"):
            (shelf / path).write_text(text, encoding="utf-8")
        elif path:
            assert (shelf / path).read_text(encoding="utf-8") == text
        elif kind == "sh":
            for command in text.splitlines():
                release(shelf, command)
                printed = run(command, tmp_path, environment)
                ran += 1
        elif kind == "text":
            assert printed == text
    assert ran == 7
    assert not list(shelf.rglob("versions/__pycache__"))


def release(shelf: Path, command: str) -> None:
    """Raise the version before the wheel is built, as the page says."""
    if "build" in command:
        project = shelf / "pyproject.toml"
        project.write_text(project.read_text().replace('version = "1.0.0"', 'version = "1.1.0"'))
