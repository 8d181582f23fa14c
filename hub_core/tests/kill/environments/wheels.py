"""The wheels that environments of these proofs are made of: the modules as they are built, the libraries as links.

An environment holds the hub and all it requires. With the libraries' files it would take ten seconds to make and to compile,
and be killed a few hundred times less often. So a library's wheel holds its metadata, its entry points and a link (``.pth``) to
the files of the environment that the tests run in, as a project that is installed editable does. To the hub and to uv it is a
distribution as any other: resolved, fetched, held against its hash, installed, verified.
"""

import shutil
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from build import ProjectBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pyproject_hooks import quiet_subprocess_runner

from hub_core.tests.later_core import later_revision
from hub_core.tests.packages.small_wheels import digest

REPOSITORY: Final = Path(__file__).parents[4]
OWN: Final = {"hub-core": REPOSITORY / "hub_core", "hub-hookspecs": REPOSITORY / "hookspecs" / "hub_hookspecs"}
VERSIONS: Final = "registry/versions"
PROJECT: Final = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "hub-module-{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = ["hub-hookspecs>=1,<2"]

[project.entry-points."hub.modules"]
{name} = "hub_module_{name}"

[tool.hatch.build.targets.wheel]
packages = ["hub_module_{name}"]
"""


def module_wheel(wheelhouse: Path, scratch: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """Build a release of a module with its own backend."""
    project = scratch / f"{name}-{version}"
    for path, text in {"__init__.py": "", "hub-module.toml": "", **files}.items():
        file = project / f"hub_module_{name}" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    (project / "pyproject.toml").write_text(PROJECT.format(name=name, version=version))
    return Path(ProjectBuilder(project, runner=quiet_subprocess_runner).build("wheel", wheelhouse))


def library_wheels(wheelhouse: Path, shared: Path) -> None:
    """A wheel of hub-core and of everything that it requires; ``shared`` becomes the folder they lead to.

    There also lies what the proofs themselves need inside an environment.
    """
    shared.mkdir()
    wheelhouse.mkdir(exist_ok=True)
    needed, beside = _required("hub-core", frozenset()), _required("httpx2", frozenset())
    for name, found in {**beside, **needed}.items():
        for place in _top_level(name, found):
            (shared / place.name).symlink_to(place)
        if name in needed:
            _linked(wheelhouse, name, found, shared)
        else:
            info = next(file.parts[0] for file in found.files or () if file.parts[0].endswith(".dist-info"))
            (shared / info).symlink_to(str(found.locate_file(info)))


def later_library_wheel(wheelhouse: Path, shared: Path, name: str) -> Path:
    """The next release of a library, which is the one that is installed under another number."""
    return _linked(wheelhouse, name, distribution(name), shared, more=".post1")


def later_hub_wheel(wheelhouse: Path, later: Path) -> Path:
    """The next release of the hub, whose own tables are at a revision more; ``later`` becomes the folder it leads to."""
    hub = later / "hub_core"
    shutil.copytree(OWN["hub-core"], hub)
    (hub / VERSIONS / "hub_9999_novelty.py").write_text(later_revision())
    with (hub / "registry" / "tables.py").open("a") as tables:
        tables.write('\nCORE_REVISION = "hub_9999"\n')
    return _linked(wheelhouse, "hub-core", distribution("hub-core"), later, more=".post1")


def _required(name: str, extras: frozenset[str]) -> dict[str, Distribution]:
    """By normalised name."""
    seen: dict[str, Distribution] = {}
    asked, waiting = set[tuple[str, frozenset[str]]](), [(name, extras)]
    while waiting:
        each = waiting.pop()
        if each in asked:
            continue
        asked.add(each)
        found = seen[canonicalize_name(each[0])] = distribution(each[0])
        for requirement in map(Requirement, found.requires or ()):
            applies = requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in ("", *each[1])
            )
            if applies:
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return seen


def _top_level(name: str, found: Distribution) -> Iterator[Path]:
    if name in OWN:
        yield OWN[name]
        return
    names = {file.parts[0] for file in found.files or ()}
    for each in sorted(names):
        if each not in ("..", "__pycache__") and not each.endswith((".dist-info", ".pth")):
            yield Path(str(found.locate_file(each)))


def _linked(wheelhouse: Path, name: str, found: Distribution, shared: Path, *, more: str = "") -> Path:
    stem, version = name.replace("-", "_"), found.version + more
    info = f"{stem}-{version}.dist-info"
    metadata = (found.read_text("METADATA") or "").replace(
        f"\nVersion: {found.version}\n", f"\nVersion: {version}\n", 1
    )
    content = {
        f"{'__' if more else '_'}{stem}.pth": f"{shared}\n",  # the first is the first that is looked into
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if entry_points := found.read_text("entry_points.txt"):
        content[f"{info}/entry_points.txt"] = entry_points
    if name == "hub-core":  # the others read them where it is installed
        revisions = sorted((shared / "hub_core" / VERSIONS).glob("*.py"))
        content |= {f"hub_core/{VERSIONS}/{file.name}": file.read_text() for file in revisions}
    record = "".join(f"{path},sha256={digest(text)},{len(text.encode())}\n" for path, text in content.items())
    wheel = wheelhouse / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0)), text)
    return wheel
