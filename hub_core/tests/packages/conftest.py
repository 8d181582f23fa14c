"""Both installers, each on a wheelhouse of its own or on an index that the test serves; nothing comes from anywhere else."""

import hashlib
import http.server
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from hub_core.packages import Asked, Environments, Lock, Workshop, fetch, resolve, workshop
from hub_core.settings import HubSettings, read_settings

InstallerName = Literal["uv", "pip"]


@pytest.fixture(autouse=True, scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tools remember of tests is gone with them, and no machine's settings are seen."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
            patch.delenv(name)
        patch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv-cache")))
        patch.setenv("PIP_CACHE_DIR", str(tmp_path_factory.mktemp("pip-cache")))
        patch.setenv("PIP_RETRIES", "0")
        patch.setenv("PIP_TRUSTED_HOST", "127.0.0.1")  # else pip remembers nothing of what it fetched without TLS
        patch.setenv("UV_HTTP_RETRIES", "0")
        yield


@pytest.fixture(params=["uv", "pip"])
def tool(request: pytest.FixtureRequest) -> InstallerName:
    """The installer's name."""
    name: InstallerName = request.param
    return name


@dataclass
class Place:
    """A hub's folder with a wheelhouse, and what is done there."""

    folder: Path
    tool: InstallerName
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def wheelhouse(self) -> Path:
        """The folder of wheels that is the only source, unless ``changes`` say otherwise."""
        return self.folder / "wheelhouse"

    @property
    def settings(self) -> HubSettings:
        """With the wheelhouse as source."""
        self.wheelhouse.mkdir(parents=True, exist_ok=True)
        changes = {"wheelhouse": self.wheelhouse, "installer": self.tool, "lock_seconds": 20.0, **self.changes}
        return read_settings(self.folder, **changes)

    @property
    def environments(self) -> Environments:
        """Those of the state folder."""
        return Environments(self.settings.state_folder)

    def open(self, **told: Any) -> AbstractContextManager[Workshop]:
        """The workshop."""
        return workshop(self.settings, **told)

    def lock(self, *requirements: str, present: Lock | None = None, **asked: Any) -> Lock:
        """Resolve and fetch."""
        with self.open() as at:
            return fetch(resolve(Asked(requirements=requirements, **asked), at, present=present), at)


@pytest.fixture
def place(tmp_path: Path, tool: InstallerName) -> Place:
    """A hub's folder for each installer."""
    return Place(tmp_path / "hub", tool)


@pytest.fixture
def uv_place(tmp_path: Path) -> Place:
    """A hub's folder where the installer makes no difference; uv is quicker."""
    return Place(tmp_path / "hub", "uv")


@dataclass
class Index:
    """A simple index (PEP 503) of files in a folder; ``asked`` are the paths of all requests."""

    folder: Path
    url: str
    asked: list[str]

    @property
    def files_asked(self) -> list[str]:
        """The names of the files that were downloaded, whole or in part."""
        return [path.rpartition("/")[2] for path in self.asked if path.endswith((".whl", ".tar.gz"))]


class _Answers(http.server.BaseHTTPRequestHandler):
    def __init__(self, *arguments: Any, folder: Path, asked: list[str]) -> None:
        self.folder, self.asked = folder, asked
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        parts = self.path.strip("/").split("/")
        file = self.folder / parts[-1]
        if parts[-1].endswith(".metadata"):
            return self._answer(_metadata(file.with_suffix("")), "text/plain")
        if parts[0] == "files" and file.is_file():
            return self._answer(file.read_bytes(), "application/octet-stream")
        names = [
            each
            for each in sorted(self.folder.iterdir())
            if each.name.lower().startswith(parts[-1].replace("-", "_") + "-")
        ]
        if parts[0] != "simple" or not names:
            return self.send_error(404)
        links = "".join(_link(each) for each in names)
        return self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if self.path.startswith("/files/"):
            self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        pass


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _link(file: Path) -> str:
    """With the metadata beside it (PEP 658), as indexes have it: what is only looked at is not downloaded."""
    beside = f' data-core-metadata="sha256={_hash(_metadata(file))}"' if file.suffix == ".whl" else ""
    return f'<a href="/files/{file.name}#sha256={_hash(file.read_bytes())}"{beside}>{file.name}</a>'


def _metadata(wheel: Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index on this machine."""
    yield from served(tmp_path / "index")


@pytest.fixture
def other_index(tmp_path: Path) -> Iterator[Index]:
    """Somebody else's."""
    yield from served(tmp_path / "other-index")


def served(folder: Path) -> Iterator[Index]:
    """Serve a folder until the test ends."""
    folder.mkdir()
    asked: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, folder=folder, asked=asked))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Index(folder, f"http://127.0.0.1:{server.server_port}/simple", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tree(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    """All there is in a folder: mode and content of each file, target of each link."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for each in sorted(folder.rglob("*")):
        status = each.lstat()
        if each.is_symlink():
            found[str(each.relative_to(folder))] = (status.st_mode, str(each.readlink()))
        elif each.is_file():
            found[str(each.relative_to(folder))] = (status.st_mode, each.read_bytes())
        else:
            found[str(each.relative_to(folder))] = (status.st_mode, "")
    return found
