"""Environments full of distributions, as pip, uv and the hub can each be asked about them: real virtual environments."""

import importlib.util
import shutil
import sys
import venv
from pathlib import Path

from benchmarks.distributions import make_distributions

REQUIRES = (
    "hub-hookspecs<2,>=1",
    "library-one>=1",
    "library-two<3,>=2",
    'library-three[fast]~=3.1; python_version >= "3.9"',
)
LIBRARIES = {"hub-hookspecs": "1.0", "library-one": "1.5", "library-two": "2.9", "library-three": "3.1.4"}


def make_environment(folder: Path, count: int, modules: int | None = None) -> Path:
    """A virtual environment with ``count`` distributions, all of them modules or the first ``modules``, and pip.

    Answers its ``site-packages``.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    modules = count if modules is None else modules
    make_distributions(site, modules, requires=REQUIRES)
    for name, version in LIBRARIES.items():
        _write_library(site, name, version)
    for number in range(count - modules):
        _write_library(site, f"plain-{number:04}", "1.0.0", requires=REQUIRES)
    _copy_pip(site)
    return site


def _write_library(site: Path, name: str, version: str, requires: tuple[str, ...] = ()) -> None:
    package = name.replace("-", "_")
    info = site / f"{package}-{version}.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    about = "Classifier: Programming Language :: Python :: 3\n" * 10
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nSummary: One of many\nProvides-Extra: fast\n"
        f"{about}{needs}\n{'A description of this library. ' * 50}\n"
    )
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {package}.main:main\n")
    (info / "RECORD").write_text(f"{info.name}/METADATA,,\n{info.name}/RECORD,,\n")


def _copy_pip(site: Path) -> None:
    found = importlib.util.find_spec("pip")
    assert found is not None, "pip is missing here"
    assert found.origin is not None
    package = Path(found.origin).parent
    shutil.copytree(package, site / "pip", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(*_info_of_pip(package, site))


def _info_of_pip(package: Path, site: Path) -> tuple[Path, Path]:
    info = next(package.parent.glob("pip-*.dist-info"))
    return info, site / info.name


def interpreter(site: Path) -> str:
    """The Python of the environment that ``site`` belongs to."""
    return str(site.parents[2] / "bin" / Path(sys.executable).name)
