"""A wheelhouse that grows while a hub runs: releases of modules are built into it, and commands take them from there."""

import subprocess
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from build import ProjectBuilder
from pyproject_hooks import quiet_subprocess_runner

from tests.wheels.hub_process import HubProcess, clean_environment

PATIENCE_SECONDS = 90
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "hub-module-{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["hub-hookspecs>=1,<2"{requires}]

[project.entry-points."hub.modules"]
{name} = "hub_module_{name}"

[tool.hatch.build.targets.wheel]
packages = ["hub_module_{name}"]
"""


@dataclass
class Shelf:
    """A wheelhouse that grows, and the commands of one hub beside it."""

    hub: Path
    folder: Path
    url: str
    wheels: Path
    built: int = 0
    said: list[str] = field(default_factory=list)

    def add(self, name: str, version: str, files: Mapping[str, str], *requires: str) -> Path:
        """Build a release of a module into the wheelhouse; ``requires`` are the modules that it needs."""
        self.built += 1
        project = self.folder / "projects" / f"{name}-{version}"
        package = project / f"hub_module_{name}"
        for path, text in {"__init__.py": "", "hub-module.toml": "", **files}.items():
            file = package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))
        (project / "pyproject.toml").write_text(
            PROJECT.format(name=name, version=version, requires="".join(f', "hub-module-{each}"' for each in requires))
        )
        return Path(ProjectBuilder(project, runner=quiet_subprocess_runner).build("wheel", self.wheels))

    @property
    def variables(self) -> dict[str, str]:
        """Where wheels come from, and nothing else."""
        return {"HUB_WHEELHOUSE": str(self.wheels), "HUB_INSTALLER": "auto"}

    def begin(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start a command."""
        variables = clean_environment(self.folder, {"HUB_DATABASE_URL": self.url, **self.variables, **more})
        command = [str(self.hub), *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=variables,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str, code: int = 0, **more: str) -> str:
        """Run a command to its end: what it said."""
        process = self.begin(*arguments, **more)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == code, said
        return said

    def current(self) -> str:
        """The environment that runs."""
        return (self.folder / ".hub" / "environments" / "current").readlink().name

    def environments(self) -> set[str]:
        """All there are, complete or not."""
        found = (self.folder / ".hub" / "environments").iterdir()
        return {each.name for each in found if each.is_dir() and not each.is_symlink()}


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it does."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.2)


def serves(running: HubProcess, version: str, rows: list[str]) -> None:
    """Wait until the running hub answers with the release and the rows."""
    until = time.monotonic() + PATIENCE_SECONDS
    answer: object = None
    while time.monotonic() < until:
        with running.client(None) as client:
            found = client.get("/api/v1/stock/items")
        answer = found.json() if found.is_success else found.status_code
        if answer == {version: rows}:
            return
        time.sleep(0.2)
    raise AssertionError(answer)
