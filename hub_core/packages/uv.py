"""uv as installer. It cannot download a wheel as a file, so what has to come over the network is fetched by a pip, by hash."""

import os
import shutil
import sysconfig
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from packaging.tags import Tag, sys_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from .answers import Named, resolved_package
from .asked import ResolvedPackage, wheel_identity
from .bench import Bench, Question
from .explaining import build_failed, explained
from .failures import InstallerFailed
from .installer import locked_lines
from .lock import Lock
from .pip import find_pip
from .sources import Sources
from .wheel_store import WheelStore

_PLAIN: Final = ("--no-progress", "--color", "never", "--no-python-downloads")


@dataclass(frozen=True, slots=True)
class Uv:
    """``program`` is uv itself, ``tools`` where a pip is unpacked if the interpreter has none."""

    program: str
    tools: Path
    name: str = "uv"
    links_from_cache: bool = True

    def resolve(self, question: Question, bench: Bench) -> tuple[ResolvedPackage, ...]:
        """``uv pip compile --format pylock.toml``."""
        folder = bench.aside()
        requirements, constraints = question.write(folder)
        answer = folder / "pylock.toml"
        ran = bench.run(
            [
                *(self.program, "pip", "compile", str(requirements), "--constraints", str(constraints)),
                *("--format", "pylock.toml", "--generate-hashes", "--no-header", "--no-annotate", "--no-sources"),
                *("--output-file", str(answer), "--python", bench.python, *_PLAIN, *_source(bench.sources)),
            ],
            handed=_index(bench.sources),
        )
        if ran.code:
            raise explained(ran, bench)
        found = tomllib.loads(answer.read_text(encoding="utf-8")).get("packages", [])
        ranks = {tag: rank for rank, tag in enumerate(sys_tags())}
        return tuple(resolved_package(_named(item, folder, ranks)) for item in found)

    def choose(self, question: Question, bench: Bench) -> Mapping[str, str]:
        """``uv pip compile``, without hashes: for these it would read every file."""
        folder = bench.aside()
        requirements, constraints = question.write(folder)
        answer = folder / "answer.txt"
        command = [self.program, "pip", "compile", str(requirements), "--constraints", str(constraints)]
        command += ["--no-header", "--no-annotate", "--no-sources", "--no-emit-find-links", "--no-emit-index-url"]
        options = ["--output-file", str(answer), "--python", bench.python, *_PLAIN, *_source(bench.sources)]
        options += ["--no-deps"] if question.is_alone else []
        ran = bench.run([*command, *options], handed=_index(bench.sources))
        if ran.code:
            raise explained(ran, bench)
        lines = answer.read_text(encoding="utf-8").splitlines()
        return dict(chosen for line in lines if (chosen := _chosen(line)))

    def download(self, wanted: tuple[str, ...], into: Path, bench: Bench) -> None:
        """As pip does it."""
        find_pip(self.tools).download(wanted, into, bench)

    def download_releases(self, pins: tuple[str, ...], into: Path, bench: Bench) -> None:
        """As pip does it."""
        find_pip(self.tools).download_releases(pins, into, bench)

    def build_wheel(self, source: Path, into: Path, bench: Bench) -> Path:
        """``uv build --wheel``."""
        command = [self.program, "build", "--wheel", str(source), "--out-dir", str(into), "--no-create-gitignore"]
        options = ["--no-sources", "--python", bench.python, *_PLAIN, *_source(bench.sources)]
        ran = bench.run([*command, *options], handed=_index(bench.sources))
        built = sorted(into.glob("*.whl"))
        if ran.code or len(built) != 1:
            raise build_failed(ran, source, bench)
        return built[0]

    def install(self, lock: Lock, store: WheelStore, python: Path, bench: Bench, *, fresh: bool = False) -> None:
        """``uv pip install --no-index --no-deps --require-hashes``; it links files from its cache where it can."""
        requirements = bench.aside() / "requirements.txt"
        requirements.write_text(locked_lines(lock, store), encoding="utf-8")
        options = ["--no-index", "--no-deps", "--require-hashes", "--no-build", "--requirements", str(requirements)]
        options += ["--no-cache"] if fresh else []
        ran = bench.run([self.program, "pip", "install", "--python", str(python), *options, *_PLAIN], closed=True)
        if ran.code:
            raise ran.told("uv could not install what is locked", python.parent.parent)

    def install_editable(self, project: Path, python: Path, bench: Bench) -> None:
        """``uv pip install --editable --no-deps``."""
        options = ["--no-deps", "--no-sources", "--editable", str(project), *_PLAIN, *_source(bench.sources)]
        command = [self.program, "pip", "install", "--python", str(python), *options]
        ran = bench.run(command, handed=_index(bench.sources))
        if ran.code:
            raise build_failed(ran, project, bench)


def _source(sources: Sources) -> list[str]:
    return ["--no-index", "--find-links", str(sources.wheelhouse)] if sources.wheelhouse else []


def _index(sources: Sources) -> dict[str, str]:
    return {"UV_DEFAULT_INDEX": sources.index_url, "PIP_INDEX_URL": sources.index_url} if sources.index_url else {}


def _chosen(line: str) -> tuple[str, str] | None:
    """Name and version of one line of a requirements file that uv wrote."""
    text = line.partition(" ;")[0].strip().removeprefix("-e ")
    if not text or text.startswith(("#", "-")):
        return None
    if text.startswith("file://"):  # an editable project, by its folder alone
        return "", ""
    name, at, url = text.partition(" @ ")
    if at:
        identity = wheel_identity(unquote(url.partition("#")[0].rpartition("/")[2]))
        return str(canonicalize_name(name.partition("[")[0])), identity[1] if identity else ""
    name, _, version = text.partition("==")
    return str(canonicalize_name(name.partition("[")[0])), str(Version(version))


def _named(item: Mapping[str, Any], folder: Path, ranks: Mapping[Tag, int]) -> Named:
    if directory := item.get("directory"):
        path = Path(os.path.normpath(folder / directory["path"]))
        editable = bool(directory.get("editable"))
        return Named(
            name=item["name"], version=item.get("version", ""), url=path.as_uri(), is_folder=True, editable=editable
        )
    file = item.get("archive") or _best(item.get("wheels", []), ranks) or item.get("sdist")
    if file is None:
        raise InstallerFailed(f"uv chose {item['name']} without a file of it", "its answer has none", str(item))
    url = file["url"] if "url" in file else Path(os.path.normpath(folder / file["path"])).as_uri()
    digest = file.get("hashes", {}).get("sha256", "")
    return Named(name=item["name"], version=item.get("version", ""), url=url, sha256=digest)


def _best(wheels: list[Mapping[str, Any]], ranks: Mapping[Tag, int]) -> Mapping[str, Any] | None:
    """The wheel an installer would take: the one whose tag suits this Python best."""
    rated = [(rank, at) for at, wheel in enumerate(wheels) if (rank := _rank(wheel, ranks)) is not None]
    return wheels[min(rated)[1]] if rated else None


def _rank(wheel: Mapping[str, Any], ranks: Mapping[Tag, int]) -> int | None:
    name = wheel.get("name") or str(wheel.get("url") or wheel.get("path")).rpartition("/")[2]
    try:
        tags = parse_wheel_filename(name.replace("%2B", "+"))[3]
    except InvalidWheelFilename:
        return None
    return min((ranks[tag] for tag in tags if tag in ranks), default=None)


def find_uv() -> str | None:
    """The uv beside this interpreter, else the one on ``PATH``."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    return str(beside) if beside.is_file() else shutil.which("uv")
