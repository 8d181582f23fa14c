"""pip as installer: the one of the interpreter, else the one Python brings along (``ensurepip``).

pip is run by its own ``__pip-runner__.py``, so that it works for an environment that has none and sees nothing of the one
it lies in; with ``-I -B`` it reads no foreign variables and writes no bytecode beside itself.
"""

import compileall
import json
import sysconfig
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from .answers import Named, resolved_package
from .asked import ResolvedPackage, wheel_identity
from .bench import Bench, Question
from .explaining import build_failed, explained
from .failures import InstallerFailed, InstallerMissing
from .installer import locked_lines
from .lock import Lock
from .sources import Sources
from .tool import Ran
from .wheel_store import WheelStore

_RUNNER: Final = "__pip-runner__.py"
_CRASHED: Final = "ERROR: Exception:\nTraceback"
"""pip 23.2, as Python 3.11 brings it, cannot bring together a constraint that is a file, a requirement, and the same with an extra."""


@dataclass(frozen=True, slots=True)
class Pip:
    """``runner`` is the file that is run."""

    runner: Path
    name: str = "pip"
    links_from_cache: bool = False

    def resolve(self, question: Question, bench: Bench) -> tuple[ResolvedPackage, ...]:
        """``pip install --dry-run --report``; what is installed already counts for nothing."""
        ran, report = self._resolved(question, bench)
        if ran.code and _CRASHED in ran.output:
            ran, report = self._resolved(
                replace(question, constraints=tuple(map(_version, question.constraints))), bench
            )
        if ran.code:
            raise explained(ran, bench)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
        return tuple(resolved_package(_named(item)) for item in found)

    def _resolved(self, question: Question, bench: Bench) -> tuple[Ran, Path]:
        folder = bench.aside()
        requirements, constraints = question.write(folder)
        report = folder / "report.json"
        command = [*self._pip(bench.python, "install"), "--dry-run", "--ignore-installed", "--report", str(report)]
        command += ["--requirement", str(requirements), "--constraint", str(constraints)]
        command += ["--no-deps"] if question.is_alone else []
        return self._asked([*command, *_source(bench.sources)], bench), report

    def choose(self, question: Question, bench: Bench) -> Mapping[str, str]:
        """The same: pip reads of a release that is only looked at no more than its metadata, where the source has that."""
        return {package.name: package.version for package in self.resolve(question, bench)}

    def download(self, wanted: tuple[str, ...], into: Path, bench: Bench) -> None:
        """``pip download --no-deps --require-hashes``."""
        requirements = bench.aside() / "requirements.txt"
        requirements.write_text("\n".join([*wanted, ""]), encoding="utf-8")
        command = [*self._pip(bench.python, "download"), "--no-deps", "--require-hashes", "--dest", str(into)]
        ran = self._asked([*command, "--requirement", str(requirements), *_source(bench.sources)], bench)
        if ran.code:
            raise explained(ran, bench)

    def download_releases(self, pins: tuple[str, ...], into: Path, bench: Bench) -> None:
        """``pip download --no-deps --only-binary :all:``, which does not wait long for an index."""
        requirements = bench.aside() / "requirements.txt"
        requirements.write_text("\n".join([*pins, ""]), encoding="utf-8")
        command = [*self._pip(bench.python, "download"), "--no-deps", "--only-binary", ":all:", "--dest", str(into)]
        handed = {**_index(bench.sources), "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "15"}
        ran = bench.run([*command, "--requirement", str(requirements), *_source(bench.sources)], handed=handed)
        if ran.code:
            raise explained(ran, bench)

    def build_wheel(self, source: Path, into: Path, bench: Bench) -> Path:
        """``pip wheel --no-deps``."""
        command = [*self._pip(bench.python, "wheel"), "--no-deps", "--wheel-dir", str(into), source.as_uri()]
        ran = bench.run([*command, *_source(bench.sources)], handed=_index(bench.sources))
        built = sorted(into.glob("*.whl"))
        if ran.code or len(built) != 1:
            raise build_failed(ran, source, bench)
        return built[0]

    def install(self, lock: Lock, store: WheelStore, python: Path, bench: Bench, *, fresh: bool = False) -> None:
        """``pip install --no-index --no-deps --require-hashes``; pip unpacks each wheel anew in any case."""
        requirements = bench.aside() / "requirements.txt"
        requirements.write_text(locked_lines(lock, store), encoding="utf-8")
        options = ["--no-index", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"]
        options += ["--no-warn-script-location", "--requirement", str(requirements)]
        ran = bench.run([*self._pip(str(python), "install"), *options], closed=True)
        if ran.code:
            raise ran.told("pip could not install what is locked", python.parent.parent)

    def install_editable(self, project: Path, python: Path, bench: Bench) -> None:
        """``pip install --editable --no-deps``."""
        options = ["--no-deps", "--no-compile", "--no-warn-script-location", "--editable", project.as_uri()]
        command = [*self._pip(str(python), "install"), *options, *_source(bench.sources)]
        ran = bench.run(command, handed=_index(bench.sources))
        if ran.code:
            raise build_failed(ran, project, bench)

    def _pip(self, python: str, command: str) -> list[str]:
        return [python, "-I", "-B", str(self.runner), command]

    def _asked(self, command: list[str], bench: Bench) -> Ran:
        """Ask again when nothing is found, for pip says only at length that an index did not answer."""
        handed = _index(bench.sources)
        ran = bench.run(command, handed=handed)
        if "Could not find a version" in ran.output and bench.sources.wheelhouse is None:
            return bench.run([*command, "-vv"], handed=handed)
        return ran


def _version(constraint: str) -> str:
    """The version in place of the file, which is among the links as well."""
    name, at, url = constraint.partition(" @ ")
    identity = wheel_identity(unquote(url.rpartition("/")[2])) if at else None
    return f"{name}=={identity[1]}" if identity else constraint


def _source(sources: Sources) -> list[str]:
    return ["--no-index", "--find-links", str(sources.wheelhouse)] if sources.wheelhouse else []


def _index(sources: Sources) -> dict[str, str]:
    """Not on the command line: it may hold a password, and everybody may read command lines."""
    return {"PIP_INDEX_URL": sources.index_url} if sources.index_url else {}


def _named(item: dict[str, Any]) -> Named:
    info = item["download_info"]
    archive, directory = info.get("archive_info") or {}, info.get("dir_info")
    digest = (archive.get("hashes") or {}).get("sha256") or archive.get("hash", "").partition("sha256=")[2]
    return Named(
        name=item["metadata"]["name"],
        version=item["metadata"]["version"],
        url=info["url"],
        sha256=digest,
        is_folder=directory is not None,
        editable=bool((directory or {}).get("editable")),
    )


def find_pip(tools: Path) -> Pip:
    """The pip of this interpreter, else the one that ``ensurepip`` brings, unpacked into ``tools`` once.

    :raises InstallerMissing: when there is neither, as on systems that split Python into packages.
    """
    spec = find_spec("pip")
    if spec is not None and spec.origin and (runner := Path(spec.origin).with_name(_RUNNER)).is_file():
        return Pip(runner)
    for wheel in _bundled():
        try:
            return Pip(_unpacked(wheel, tools) / "pip" / _RUNNER)
        except (OSError, zipfile.BadZipFile) as error:
            raise InstallerFailed(f"{wheel} cannot be unpacked", str(error), "") from error
    raise InstallerMissing("pip")


def _bundled() -> list[Path]:
    spec = find_spec("ensurepip")
    folders = [Path(spec.origin).parent / "_bundled"] if spec is not None and spec.origin else []
    if elsewhere := sysconfig.get_config_var("WHEEL_PKG_DIR"):
        folders.append(Path(elsewhere))
    return [wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl"))]


def _unpacked(wheel: Path, tools: Path) -> Path:
    folder = tools / wheel.stem
    if not folder.is_dir():
        part = tools / f"{wheel.stem}.part"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(part)
        compileall.compile_dir(part, quiet=2)  # pip itself is run without writing any
        part.rename(folder)
    return folder
