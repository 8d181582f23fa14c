"""Everything that must pass, each as one session: ``nox`` runs all of it, ``nox -s tests`` one, ``nox -l`` lists them.

Wheels are built once per run and shared by the sessions that install them. Reports for machines lie in ``.nox/reports``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
OWN_PLUGINS = {found.parent.name: found.parent for found in sorted(ROOT.glob("plugins/*/pyproject.toml"))}
DISTRIBUTIONS = [ROOT / "hookspecs", ROOT, *OWN_PLUGINS.values()]
PLUGINS = {**OWN_PLUGINS, "acme_gateway": ROOT / "tests" / "modules" / "acme_gateway"}  # the last is a third party's
CONSTRAINTS = str(ROOT / "constraints.txt")
WHEELHOUSE = ROOT / ".nox" / "wheelhouse"
REPORTS = ROOT / ".nox" / "reports"
SUPPORTED = ("3.11", "3.12", "3.13")
PARALLEL = ("--numprocesses=auto", "--dist=loadfile")
OWN = ".".join(map(str, sys.version_info[:2]))
TYPED_ALONE = ("hub_core", "hookspecs", *(str(folder.relative_to(ROOT)) for folder in PLUGINS.values()))

os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
os.environ.setdefault("UV_SYSTEM_CERTS", "1")
os.environ.pop("PYTHONPATH", None)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # without compiled files every new process parses its libraries again

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "imports", "docs", "tests", "plugin", "wheels"]


def _runs(version: str) -> bool:
    try:
        command = [f"python{version}", "-c", "import venv"]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except OSError:
        return False


def _found_pythons() -> list[str]:
    """The supported versions that this machine has; a pyenv is asked to show all of its own."""
    if (pyenv := shutil.which("pyenv")) and "PYENV_VERSION" not in os.environ:
        root = Path(os.environ.setdefault("PYENV_ROOT", str(Path(pyenv).resolve().parents[1])))
        chosen = [path.name for path in root.glob("versions/*") if path.name.rpartition(".")[0] in SUPPORTED]
        if chosen:
            os.environ["PYENV_VERSION"] = ":".join(sorted(chosen, key=lambda name: (not name.startswith(OWN), name)))
    return sorted(filter(_runs, SUPPORTED), key=lambda version: version != OWN)


PYTHONS = _found_pythons()


def _group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(PROJECT, name))


def _install(session: nox.Session, *groups: str) -> None:
    """Install what the groups name, pinned, and all distributions of the workspace, editable."""
    session.install("-c", CONSTRAINTS, *(name for group in groups for name in _group(group)), *_editable())


def _pytest(session: nox.Session, *arguments: str, python: str = "python", report: str) -> None:
    REPORTS.mkdir(parents=True, exist_ok=True)
    xml = f"--junitxml={REPORTS / report}.xml"
    session.run(python, "-m", "pytest", xml, *arguments, *session.posargs, external=True)


def _editable() -> list[str]:
    return [option for folder in DISTRIBUTIONS for option in ("-e", str(folder))]


@nox.session(venv_backend="none")
def develop(session: nox.Session) -> None:
    """Install all distributions, editable, and all tools into the environment that nox runs in."""
    tools = [*_group("test"), *_group("lint"), *_group("docs")]
    install = (sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable)
    session.run(*install, "-c", CONSTRAINTS, *tools, *_editable())


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and style."""
    session.install("-c", CONSTRAINTS, "ruff")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly; each distribution by itself, for their tests share names."""
    _install(session, "test", "lint")
    for folder in TYPED_ALONE:
        session.run("mypy", folder)
    session.run("mypy", "tests", "benchmarks", "noxfile.py", "conftest.py", ".ci/serve.py", ".ci/tally.py")
    session.run(
        "mypy", "--explicit-package-bases", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.py"))
    )


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports run one way: rooms, interfaces, contract."""
    _install(session, "lint")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, warnings are errors, and run the examples in it."""
    _install(session, "test", "docs")
    session.run("sphinx-build", "-n", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html")
    _pytest(session, *PARALLEL, "docs", report="docs")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests of host, contract and whole on each Python found: samples on the first, a share of the short ones on others."""
    if missing := [version for version in SUPPORTED if version not in PYTHONS]:
        session.warn(f"not on this machine, so not tested: Python {', '.join(missing)}")
    if session.python == PYTHONS[0]:
        _sample(session)
    else:
        others = [version for version in PYTHONS if version != PYTHONS[0]]
        _sample(session, HUB_TEST_LONG="0", HUB_TEST_SHARE=f"{others.index(str(session.python))}/{len(others) + 2}")
    _install(session, "test", "lint")
    folders = ("hub_core/tests", "hookspecs/tests", "tests", "--ignore=tests/wheels", "--ignore=tests/soak")
    _pytest(session, *PARALLEL, *folders, report=f"tests-{session.python}")


def _sample(session: nox.Session, **chosen: str) -> None:
    """Let pytest take a sample of the long tests and of the many cases, unless HUB_TEST_FULL asks for all."""
    if not os.environ.get("HUB_TEST_FULL"):
        session.env.update({"HUB_TEST_LONG": "11", "HUB_TEST_MANY": "3", **chosen})


def _wheels(session: nox.Session) -> Path:
    """Build every distribution, sdist first and the wheel from it, unless this run has done so already."""
    if not getattr(_wheels, "done", False):
        shutil.rmtree(WHEELHOUSE, ignore_errors=True)
        for folder in (*DISTRIBUTIONS, PLUGINS["acme_gateway"]):
            session.run(
                "python", "-m", "build", "--installer=uv", "--outdir", str(WHEELHOUSE), str(folder), silent=True
            )
        _wheels.done = True  # type: ignore[attr-defined]
    return WHEELHOUSE


def _project(folder: Path) -> Any:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def _wheel(folder: Path) -> str:
    (found,) = WHEELHOUSE.glob(f"{_project(folder)['name'].replace('-', '_')}-*.whl")
    return str(found)


def _with_requirements(folder: Path) -> set[Path]:
    """A plugin, the plugins it requires, and those that they require."""
    texts = _project(folder)["dependencies"]
    direct = [
        other for name, other in OWN_PLUGINS.items() if any(text.startswith(f"hub-module-{name}") for text in texts)
    ]
    return {folder}.union(*map(_with_requirements, direct))


@contextmanager
def _outside_the_checkout() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hub-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@nox.session
@nox.parametrize("name", [nox.param(name, id=name) for name in PLUGINS])
def plugin(session: nox.Session, name: str) -> None:
    """Run a plugin's own tests against wheels in a new environment made by plain pip, where the checkout is unknown."""
    session.install("-c", CONSTRAINTS, "build", "uv")
    _wheels(session)
    ours = [_wheel(ROOT / "hookspecs"), _wheel(ROOT) + "[testing]"]
    ours += sorted(map(_wheel, _with_requirements(PLUGINS[name])))
    with _outside_the_checkout() as folder:
        shutil.copytree(PLUGINS[name] / "tests", folder / "tests")
        shutil.copy(ROOT / "conftest.py", folder)
        shutil.copy(ROOT / "pyproject.toml", folder)
        session.run(sys.executable, "-m", "virtualenv", "-q", str(folder / "venv"), external=True)
        python = str(folder / "venv" / "bin" / "python")
        session.run(
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-compile",
            "-c",
            CONSTRAINTS,
            *ours,
            *_group("test-module"),
            external=True,
        )
        with session.chdir(folder):
            _pytest(session, *PARALLEL, "tests", python=python, report=f"plugin-{name}")


@nox.session
def wheels(session: nox.Session) -> None:
    """Use the hub as a person would: wheels, plain pip, a new environment, both databases, a browser; a sample of such uses."""
    _sample(session)
    _install(session, "test")
    _wheels(session)
    _browser(session)
    session.env["HUB_TEST_WHEELHOUSE"] = str(WHEELHOUSE)
    _pytest(session, *PARALLEL, "tests/wheels", report="wheels")


def _browser(session: nox.Session) -> None:
    """Make sure that the tests find a browser; one that cannot be had is an error."""
    told = session.run("python", "-m", "tests.browser", silent=True, success_codes=[0, 1])
    if Path(str(told).strip()).is_file():  # where there is none it says so, and that is no path
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        session.run("apt-get", "update", external=True, silent=True)
        session.run("apt-get", "install", "-y", "--no-install-recommends", "chromium", external=True, silent=True)
    else:
        session.run("playwright", "install", "chromium")


@nox.session
def soak(session: nox.Session) -> None:
    """Run every test, kill at every moment, fuzz all that reads files, keep a hub under load; not part of the default run."""
    session.env["HUB_TEST_EXAMPLES"] = os.environ.get("HUB_TEST_EXAMPLES", "200")
    session.env.update({"HUB_TEST_FULL": "1", "HUB_TEST_KILLS": "all", "HUB_TEST_EVERY_STEP": "1"})
    _install(session, "test", "lint", "fuzz")
    _wheels(session)
    _browser(session)
    session.env["HUB_TEST_WHEELHOUSE"] = str(WHEELHOUSE)
    _pytest(session, "hub_core/tests", "hookspecs/tests", "tests", "--timeout=40000", "-s", report="soak")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Print what the hub costs beside what it is built on; not part of the default run."""
    _install(session, "test")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def constraints(session: nox.Session) -> None:
    """Choose the newest versions of all that is used anew and write ``constraints.txt``."""
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["testing"]]
    wanted += [*_group("test"), *_group("lint"), *_group("docs"), "virtualenv"]
    source = Path(session.create_tmp()) / "wanted.in"
    source.write_text("\n".join(text for text in wanted if not text.startswith("hub-")))
    session.install("uv")
    options = [
        "--universal",
        "--python-version",
        SUPPORTED[0],
        "--no-header",
        "--no-annotate",
        "--no-emit-index-url",
        "--upgrade",
    ]
    session.run("uv", "pip", "compile", "-q", *options, "-o", CONSTRAINTS, str(source))
