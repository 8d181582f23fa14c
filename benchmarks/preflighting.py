"""How long it takes to know what an upgrade means for every module, beside the dry run of uv, which names the first conflict.

Real virtual environments with small modules, each with two releases in a wheelhouse: fifty in a row of dependencies, and the
graph of Odoo 19. The hub is asked as its command; uv as its own.
"""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import command_runs
from benchmarks.resolving import CORPUS
from benchmarks.sites import BIN
from benchmarks.timing import compare, print_comparison

ROUNDS = 3
Graph = Mapping[str, Iterable[str]]


def fifty() -> Graph:
    """Each module requires the one before it."""
    names = [f"m{number:02}" for number in range(50)]
    return {name: names[max(0, at - 1) : at] for at, name in enumerate(names)}


def odoo() -> Graph:
    """All 635 modules of Odoo 19."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return {row["module"]: row.get("depends", ()) for row in rows}


def _distribution(name: str) -> str:
    return f"bench-{name.replace('_', '-')}"


def _metadata(name: str, version: str, requires: Iterable[str], contract: str) -> str:
    needs = [f"hub-hookspecs{contract}", *(f"{_distribution(each)}>=1,<2" for each in requires)]
    lines = "".join(f"Requires-Dist: {each}\n" for each in needs)
    return f"Metadata-Version: 2.1\nName: {_distribution(name)}\nVersion: {version}\nRequires-Python: >=3.11\n{lines}"


def make_wheel(folder: Path, distribution: str, version: str, metadata: str) -> None:
    """A wheel of metadata only."""
    stem = f"{distribution.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


def make_place(folder: Path, graph: Graph) -> None:
    """Modules in ``site``, installed in release 1.0, and their releases in ``wheelhouse``.

    Only release 1.1 accepts the contract that core 9.0 speaks, which lies there too.
    """
    site, wheels = folder / "site", folder / "wheelhouse"
    site.mkdir(parents=True)
    wheels.mkdir()
    for name, requires in graph.items():
        package = f"bench_{name}"
        (site / package).mkdir()
        (site / package / "__init__.py").touch()
        (site / package / "hub-module.toml").touch()
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(_metadata(name, "1.0", requires, ">=1,<2"))
        (info / "entry_points.txt").write_text(f"[hub.modules]\n{name} = {package}\n")
        (info / "RECORD").write_text(f"{package}/__init__.py,,\n{package}/hub-module.toml,,\n")
        for version, contract in (("1.0", ">=1,<2"), ("1.1", ">=1,<10")):
            make_wheel(wheels, _distribution(name), version, _metadata(name, version, requires, contract))
    header = "Metadata-Version: 2.1\nName: hub-core\nVersion: 9.0\nRequires-Dist: hub-hookspecs>=9.0,<9.1\n"
    make_wheel(wheels, "hub-core", "9.0", header)
    make_wheel(wheels, "hub-hookspecs", "1.0.0", "Metadata-Version: 2.1\nName: hub-hookspecs\nVersion: 1.0.0\n")
    make_wheel(wheels, "hub-hookspecs", "9.0.0", "Metadata-Version: 2.1\nName: hub-hookspecs\nVersion: 9.0.0\n")


async def preflighting(_: object = None) -> None:
    """One module upgraded; then a core that every module's present release refuses."""
    for title, graph in (("50 modules", fifty()), ("the 635 modules of Odoo 19", odoo())):
        with TemporaryDirectory(prefix="hub-bench-preflight-") as made:
            folder = Path(made)
            make_place(folder, graph)
            variables = {
                "PYTHONPATH": os.pathsep.join([str(folder / "site"), sysconfig.get_path("purelib")]),
                "HUB_WHEELHOUSE": str(folder / "wheelhouse"),
                "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
                "HUB_INSTALLER": "uv",
                "UV_CACHE_DIR": str(folder / "uv-cache"),
            }
            await _compared(title, folder, graph, variables)


async def _compared(title: str, folder: Path, graph: Graph, variables: Mapping[str, str]) -> None:
    """uv is told every module, as an environment that shall keep them has to be asked for."""
    names = list(graph)
    first = names[0]
    offline = ("--no-index", "--find-links", str(folder / "wheelhouse"), "--python", sys.executable)
    everything = folder / "everything.txt"
    everything.write_text("".join(f"{_distribution(name)}\n" for name in names))
    uv = ("uv", "pip", "install", "--dry-run", "--quiet", *offline)
    hub = ("hub", "upgrade", "--dry-run")
    one = f"{_distribution(first)}==1.1"
    contestants = {
        "hub list, which asks no installer": command_runs("hub", "list", folder=folder, variables=variables),
        "uv pip install --dry-run, one module": command_runs(*uv, "--no-deps", one, folder=folder, variables=variables),
        "uv pip install --dry-run, all modules": command_runs(
            *uv, "--requirement", str(everything), folder=folder, variables=variables
        ),
        "hub upgrade --dry-run, one module": command_runs(*hub, one, folder=folder, variables=variables),
        "hub upgrade --dry-run, all modules": command_runs(*hub, folder=folder, variables=variables),
        "hub upgrade hub-core==9.0 --dry-run": command_runs(
            *hub, "hub-core==9.0", folder=folder, variables=variables, code=1
        ),
    }
    _checked(folder, variables, names)
    comparison = await compare(f"Pre-flight, {title}", contestants, rounds=ROUNDS, calls=1)
    print_comparison(
        comparison,
        ("hub upgrade --dry-run, one module", "uv pip install --dry-run, all modules", "every module judged"),
        ("hub upgrade --dry-run, all modules", "uv pip install --dry-run, all modules", ""),
        ("hub upgrade hub-core==9.0 --dry-run", "uv pip install --dry-run, all modules", "each with a way out"),
    )


def _checked(folder: Path, variables: Mapping[str, str], names: list[str]) -> None:
    """Whether what is timed is the right answer: no module left out, and each of these with a way out."""
    command = [str(BIN / "hub"), "upgrade", "hub-core==9.0", "--dry-run", "--json"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    verdicts = {line["name"]: (line["verdict"], line["after"]) for line in json.loads(done.stdout)["modules"]}
    found = [verdicts[name] for name in names]
    assert {*found} <= {("needs version", "1.1"), ("blocked already", "1.0")}, {*found}
    assert len(found) - found.count(("needs version", "1.1")) <= 1  # of Odoo's names one is longer than a hub allows
    others = {
        verdicts[name] for name in verdicts.keys() - {*names}
    }  # this checkout's own, of which no release lies there
    assert others == {("blocked", None)}, others
