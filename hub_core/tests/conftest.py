"""Real distributions for the tests: sample modules built into wheels, installed with pip, never faked."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from build import ProjectBuilder
from pyproject_hooks import quiet_subprocess_runner

from hub_core.tests.cli import hub_processes
from hub_core.tests.sample_modules import SampleModules
from hub_core.tests.warm_process import WarmProcess

REPOSITORY = Path(__file__).parents[2]
if (
    signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
):  # as under nohup: every hub that a test starts would ignore it too
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
SAMPLES = REPOSITORY / "tests" / "modules"


def pip(python: str, *arguments: str) -> None:
    """Run the pip of ``python``, which sees the build backends of the environment the tests run in, and no index."""
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    subprocess.run(command, check=True, capture_output=True, env=environment)


@dataclass(frozen=True)
class NewEnvironment:
    """A virtual environment of its own, with pip and nothing else."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def site_packages(self) -> Path:
        """Where it keeps distributions."""
        return next(self.folder.glob("lib/python*/site-packages"))

    def install_editable(self, project: Path) -> None:
        """``pip install --editable``."""
        pip(self.python, "install", "--no-deps", "--no-index", "--no-build-isolation", "--editable", str(project))

    def run(self, code: str) -> str:
        """What a program prints here, with hub-core and what it needs in reach."""
        path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "hookspecs"), sysconfig.get_path("purelib")])
        environment = {**os.environ, "PYTHONPATH": path}
        ran = subprocess.run([self.python, "-c", code], check=True, capture_output=True, text=True, env=environment)
        return ran.stdout


@dataclass
class Wheelhouse:
    """Builds each sample module once, from a copy: backends leave files behind."""

    folder: Path
    environment: NewEnvironment
    built: dict[str, Path] = field(default_factory=dict)

    def source(self, sample: str) -> Path:
        """A copy of a sample's project of this run."""
        copy = self.folder / "source" / sample
        if not copy.exists():
            shutil.copytree(SAMPLES / sample, copy, ignore=shutil.ignore_patterns("__pycache__"))
        return copy

    def wheel(self, sample: str) -> Path:
        """The wheel of ``tests/modules/<sample>``."""
        if sample not in self.built:
            builder = ProjectBuilder(self.source(sample), runner=quiet_subprocess_runner)
            self.built[sample] = Path(builder.build("wheel", self.folder))
        return self.built[sample]

    def install(self, target: Path, *samples: str) -> Path:
        """Install samples into a folder, as pip does into site-packages."""
        wheels = [str(self.wheel(sample)) for sample in samples]
        options = ["--no-deps", "--no-index", "--no-compile", "--target", str(target)]
        pip(self.environment.python, "install", *options, *wheels)
        return target


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory: pytest.TempPathFactory) -> NewEnvironment:
    """One new virtual environment for the run: making one takes seconds."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    return NewEnvironment(folder)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory, new_environment: NewEnvironment) -> Wheelhouse:
    """The sample modules as wheels, built when first asked for."""
    return Wheelhouse(tmp_path_factory.mktemp("wheelhouse"), new_environment)


@pytest.fixture
def import_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file sample modules write their names to when something imports them."""
    log = tmp_path / "imported.txt"
    monkeypatch.setenv("HUB_TEST_IMPORT_LOG", str(log))
    return log


@pytest.fixture
def samples(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SampleModules]:
    """Sample modules for this test: ``samples.install("shop", {"routes/api/items.py": "…"})``."""
    site = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(site)
    installed = SampleModules(site)
    yield installed
    installed.forget()


@pytest.fixture(scope="session")
def warm_process() -> Iterator[WarmProcess]:
    """What helpers of the probe and commands are forked from."""
    warm = WarmProcess()
    yield warm
    warm.close()


@pytest.fixture(autouse=True)
def quick_processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test does not look at the probe itself, its helper starts at once, and so do commands that end."""
    if request.path.parent.name != "loading":
        warm: WarmProcess = request.getfixturevalue("warm_process")
        monkeypatch.setattr("hub_core.loading.probe.launched", warm.helper)
        monkeypatch.setattr(hub_processes, "warm", warm)
