"""The cache answers quickly or not at all, and never otherwise than the files themselves."""

import copy
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_core.catalog import FoundModule, read_catalog
from hub_core.catalog import cache as cache_file
from hub_core.catalog.sealed_file import sealed
from hub_core.tests.catalog.module_on_disk import HUB_MODULE, revision, write_module

INFO = "ledger-1.0.dist-info"
MANIFEST = """\
title = "Ledger"
auto_install = ["other"]
binaries = ["sh"]
permissions = [{ name = "ledger.read", title = "Read" }]
menus = [{ label = "Ledger", path = "/ledger", permission = "ledger.read" }]
extension_points = { ledger_exports = "1.0" }
implements = { other_points = ">=1,<2" }
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a module that has some of everything, another one and a library, all made long ago."""
    folder = tmp_path / "site"
    requires = "Requires-Python: >=3.8\nRequires-Dist: other>=1\nSummary: true\n"
    revisions = {"0001.py": revision("a"), "0002.py": revision("b", "a")}
    write_module(folder, metadata=requires, manifest=MANIFEST, revisions=revisions)
    write_module(folder, "other")
    library = folder / "library-1.0.dist-info"
    library.mkdir()
    (library / "METADATA").write_text("Name: library\nVersion: 1.0\n")
    return folder


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Files count as old at once; call it to let the clock of the file system move on, which that needs."""
    monkeypatch.setattr(cache_file, "SETTLED_NS", 0)
    return lambda: time.sleep(0.02)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "catalog.json"


@pytest.fixture
def lie(site: Path, cache: Path, settled: Callable[[], None]) -> Callable[[Callable[[Any], object]], None]:
    """Fill the cache, then change its rows, by name of the ``dist-info``, behind the hub's back: who believes it shows."""

    def change(edit: Callable[[Any], object]) -> None:
        settled()
        read_catalog([str(site)], cache=cache)
        rows = json.loads(cache.read_bytes().partition(b"\n")[2])
        edit({Path(info).name: row for info, row in rows.items()})
        write(cache, rows)

    return change


def write(cache: Path, rows: object, writer: bytes | None = None) -> None:
    body = json.dumps(rows).encode()
    cache.write_bytes(sealed(cache_file._writer() if writer is None else writer, body))


def says_false(rows: Any) -> None:
    """Change the summary of ``ledger``."""
    rows[INFO][2][1] = "false"


def summaries(site: Path, cache: Path | None) -> list[str]:
    return [module.summary for module in read_catalog([str(site)], cache=cache).modules]


def test_what_is_remembered_is_what_was_read(site: Path, cache: Path, settled: Callable[[], None]) -> None:
    settled()
    truth = read_catalog([str(site)])
    assert not any(module.faults for module in truth.modules)
    assert read_catalog([str(site)], cache=cache) == truth
    written = cache.stat()
    assert set(json.loads(cache.read_bytes().partition(b"\n")[2])) == {
        f"{site}/{each.name}" for each in site.glob("*.dist-info")
    }
    assert read_catalog([str(site)], cache=cache) == truth
    assert cache.stat() == written, "nothing new, nothing written"


def test_an_unchanged_distribution_is_not_read_again(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None]
) -> None:
    lie(says_false)
    assert summaries(site, cache) == ["false", ""]


def test_one_changed_distribution_is_read_and_the_others_are_not(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None]
) -> None:
    lie(says_false)
    write_module(site, "other", metadata="Summary: new\n")
    assert summaries(site, cache) == ["false", "new"]


@pytest.mark.parametrize(
    "file",
    [
        f"{INFO}/METADATA",
        f"{INFO}/entry_points.txt",
        f"{INFO}/RECORD",
        f"hub_ledger/{HUB_MODULE}",
        "hub_ledger/migrations/versions",
        "hub_ledger/migrations/versions/0002.py",
    ],
)
def test_any_file_that_was_touched_is_read_again(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None], file: str
) -> None:
    lie(says_false)
    os.utime(site / file, ns=(0, (site / file).stat().st_mtime_ns))  # moves ctime only
    assert summaries(site, cache) == ["true", ""]


def test_what_is_younger_than_two_seconds_is_not_remembered(site: Path, cache: Path) -> None:
    for number in range(100):
        (site / "hub_ledger" / HUB_MODULE).write_text(f'title = "{number:04}"\n')
        assert read_catalog([str(site)], cache=cache).modules[0].manifest.title == f"{number:04}"  # type: ignore[union-attr]
    assert not cache.exists()


def test_what_was_made_in_the_future_is_not_remembered(site: Path, cache: Path, settled: Callable[[], None]) -> None:
    settled()
    os.utime(site / INFO / "METADATA", (2**33, 2**33))
    settled()
    read_catalog([str(site)], cache=cache)
    assert INFO not in cache.read_text()


@pytest.mark.parametrize("damage", ["editable", "fault", "egg", "pipe"])
def test_what_cannot_be_told_from_its_files_is_not_remembered(
    site: Path, cache: Path, settled: Callable[[], None], damage: str
) -> None:
    match damage:
        case "editable":
            (site / INFO / "RECORD").write_text("")
        case "fault":
            (site / "hub_ledger" / HUB_MODULE).write_text("titel = 1")
        case "egg":
            (site / INFO).rename(site / "ledger.egg-info")
            shutil.copy(site / "ledger.egg-info" / "METADATA", site / "ledger.egg-info" / "PKG-INFO")
        case "pipe":
            (site / INFO / "entry_points.txt").unlink()
            os.mkfifo(site / INFO / "entry_points.txt")
    settled()
    read_catalog([str(site)], cache=cache)
    assert "/ledger" not in cache.read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}", b"\xff" * 1000, b"0" * 64 + b"\n{}"],
    ids=["empty", "blank", "no checksum", "binary", "wrong checksum"],
)
def test_a_damaged_cache_is_none_and_is_written_anew(
    site: Path, cache: Path, settled: Callable[[], None], content: bytes
) -> None:
    settled()
    cache.write_bytes(content)
    assert read_catalog([str(site)], cache=cache) == read_catalog([str(site)])
    assert len(cache.read_bytes()) > 1000


@pytest.mark.parametrize("length", [10, 64, 65, 66, -1])
def test_a_cache_cut_short_is_none(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None], length: int
) -> None:
    lie(says_false)
    cache.write_bytes(cache.read_bytes()[:length])
    assert summaries(site, cache) == ["true", ""]


def test_the_cache_of_another_python_or_hub_is_none(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None]
) -> None:
    lie(says_false)
    write(cache, json.loads(cache.read_bytes().partition(b"\n")[2]), writer=b"another")
    assert summaries(site, cache) == ["true", ""]


def test_who_writes_is_told_by_python_and_by_the_files_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    here = cache_file._writer()
    assert str(Path(cache_file.__file__)).encode() in here
    assert b"manifest/parse.py" in here
    monkeypatch.setattr(sys, "version", "3.99")
    assert cache_file._writer() != here


def test_the_same_distribution_in_another_folder_is_another(
    site: Path, cache: Path, tmp_path: Path, lie: Callable[[Callable[[Any], object]], None]
) -> None:
    lie(says_false)
    moved = shutil.copytree(site, tmp_path / "moved")
    assert summaries(moved, cache) == ["true", ""]


def _set(place: tuple[Any, ...], value: object) -> Callable[[Any], None]:
    def edit(rows: Any) -> None:
        for key in place[:-1]:
            rows = rows[key]
        rows[place[-1]] = value

    return edit


VALUES: tuple[Any, ...] = (None, 1, "x", [], {}, [1], [[]], [None], {"a": 1}, {"a": None})


@pytest.mark.parametrize(
    "place",
    [
        *[(number,) for number in range(3)],
        *[(1, number) for number in range(4)],
        *[(2, number) for number in range(8)],
        *[(2, 6, number) for number in range(13)],
        (2, 7, 0),
        *[(2, 7, 0, number) for number in range(4)],
        (0, f"/{INFO}/METADATA"),
    ],
    ids=repr,
)
def test_a_cache_of_another_shape_is_none(
    site: Path, cache: Path, lie: Callable[[Callable[[Any], object]], None], place: tuple[Any, ...]
) -> None:
    lie(says_false)
    rows = json.loads(cache.read_bytes().partition(b"\n")[2])
    for value in VALUES:
        changed = copy.deepcopy(rows)
        _set((f"{site}/{INFO}", *place), value)(changed)
        write(cache, changed)
        for module in read_catalog([str(site)], cache=cache).modules:
            assert has_plain_texts(module), value


def has_plain_texts(module: FoundModule) -> bool:
    """Whether each value of a module is of its kind, so that nothing that reads it stumbles."""
    assert module.manifest is not None
    texts = [module.name, module.summary, module.license, module.package, module.entry_point, module.hash]
    of_manifest = [module.manifest.title, module.manifest.category, *module.manifest.after, *module.manifest.binaries]
    revisions = [text for each in module.revisions for text in (each.id, *each.follows, *each.labels)]
    return all(
        isinstance(text, str) for text in [*texts, *module.requires, module.requires_python, *of_manifest, *revisions]
    )


@pytest.mark.parametrize("rows", [[], None, 1, "x", {"a": 1}, {"a": []}], ids=repr)
def test_a_cache_that_is_no_table_of_rows_is_none(site: Path, cache: Path, rows: object) -> None:
    write(cache, rows)
    assert summaries(site, cache) == ["true", ""]


def test_a_cache_nested_beyond_measure_is_none(site: Path, cache: Path) -> None:
    body = b"[" * 1_000_000
    cache.write_bytes(sealed(cache_file._writer(), body))
    assert summaries(site, cache) == ["true", ""]


def test_where_nothing_can_be_written_the_answer_is_the_same(
    site: Path, tmp_path: Path, settled: Callable[[], None]
) -> None:
    settled()
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(tmp_path.iterdir())
    for place in ("missing/catalog.json", "file/catalog.json", "folder", "/proc/catalog.json"):
        assert read_catalog([str(site)], cache=tmp_path / place) == read_catalog([str(site)])
    assert sorted(tmp_path.iterdir()) == before, "nothing is made, and nothing is left"
    assert read_catalog([str(site)], cache=tmp_path / "pipe") == read_catalog([str(site)])


WRITES = """
import os, sys
from pathlib import Path
from hub_core.catalog import cache, read_catalog
cache.SETTLED_NS = 0
site, file = sys.argv[1], Path(sys.argv[2])
for number in range(100):
    os.utime(site + "/other-1.0.dist-info/METADATA", (number, number))
    assert read_catalog([site], cache=file).modules == read_catalog([site]).modules
"""


def test_two_processes_that_write_at_once_leave_one_whole_cache(site: Path, tmp_path: Path) -> None:
    cache = tmp_path / "state" / "catalog.json"
    cache.parent.mkdir()
    writers = [subprocess.Popen([sys.executable, "-c", WRITES, str(site), str(cache)]) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert [file.name for file in cache.parent.iterdir()] == ["catalog.json"]
    assert len(json.loads(cache.read_bytes().partition(b"\n")[2])) == 3


def test_the_environment_of_the_tests_is_the_same_with_a_cache(cache: Path, settled: Callable[[], None]) -> None:
    settled()
    truth = read_catalog()
    assert read_catalog(cache=cache) == truth
    assert read_catalog(cache=cache) == truth
