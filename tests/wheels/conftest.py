"""Wheels built once, and one environment that plain pip installed them into."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACME = ROOT / "tests" / "modules" / "acme_gateway"
LATER = "hub_module_billing_reminders-"
DISTRIBUTIONS = (ROOT / "hookspecs", ROOT, *(found.parent for found in ROOT.glob("plugins/*/pyproject.toml")), ACME)


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that must succeed: what it printed."""
    done = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def build(folder: Path, target: Path) -> None:
    """Build the sdist of ``folder``, and the wheel from the sdist."""
    run(sys.executable, "-m", "build", "--installer=uv", "--outdir", target, folder)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdists and wheels of all distributions: those of this nox run, else newly built."""
    if made := os.environ.get("HUB_TEST_WHEELHOUSE"):
        return Path(made)
    target = tmp_path_factory.mktemp("wheelhouse")
    for folder in DISTRIBUTIONS:
        build(folder, target)
    return target


@pytest.fixture(scope="session")
def python(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment that holds the wheels, put there by plain pip; what extends others comes later."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", venv)
    interpreter = venv / "bin" / "python"
    wheels = [wheel for wheel in sorted(wheelhouse.glob("hub_*.whl")) if not wheel.name.startswith(LATER)]
    run(interpreter, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", *wheels)
    run(interpreter, "-m", "pip", "check")
    return interpreter


@pytest.fixture(scope="session")
def hub(python: Path) -> Path:
    """The command ``hub`` of that environment."""
    return python.with_name("hub")


@pytest.fixture
def acme_gateway(python: Path, wheelhouse: Path) -> Iterator[None]:
    """A gateway by another developer, installed beside the others for one test."""
    run(python, "-m", "pip", "install", "-q", "--no-deps", *wheelhouse.glob("acme_*.whl"))
    yield
    run(python, "-m", "pip", "uninstall", "-q", "-y", "acme-hub-gateway")


@pytest.fixture
def billing_reminders(python: Path, wheelhouse: Path) -> Iterator[None]:
    """The module that extends billing, installed beside the others for one test."""
    run(python, "-m", "pip", "install", "-q", "--no-deps", *wheelhouse.glob(f"{LATER}*.whl"))
    yield
    run(python, "-m", "pip", "uninstall", "-q", "-y", "hub-module-billing-reminders")
