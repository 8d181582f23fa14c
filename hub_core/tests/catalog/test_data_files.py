"""Data files are counted and named by a digest without an import, whatever lies where they should."""

import json
import os
from pathlib import Path

import pytest

from hub_core.catalog import DEMO_FOLDER, SEED_FOLDER, counted_data, read_catalog, read_data
from hub_core.tests.catalog.module_on_disk import write_module

BLOCK = {"table": "shop_item", "key": ["code"], "rows": [{"code": "a"}, {"code": "b"}]}


def write(folder: Path, name: str, content: object) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))


def test_rows_and_tables_of_all_files_are_counted_and_demo_data_apart(tmp_path: Path) -> None:
    write(tmp_path, "data/10.json", BLOCK)
    write(tmp_path, "data/20.json", [BLOCK, {"table": "shop_tag", "key": ["name"], "rows": [{"name": "x"}]}])
    write(tmp_path, "data/notes.txt", "not data")
    write(tmp_path, "data/demo/10.json", BLOCK)
    seed, demo = (counted_data(read_data(tmp_path, each)) for each in (SEED_FOLDER, DEMO_FOLDER))
    assert (seed.rows, seed.tables) == (5, 2)
    assert (demo.rows, demo.tables) == (2, 1)
    assert seed.digest != demo.digest


def test_the_digest_is_that_of_the_content_and_empty_without_files(tmp_path: Path) -> None:
    assert counted_data(read_data(tmp_path, SEED_FOLDER)).digest == ""
    write(tmp_path, "data/10.json", BLOCK)
    first = counted_data(read_data(tmp_path, SEED_FOLDER)).digest
    os.utime(tmp_path / "data" / "10.json", (1, 1))
    assert counted_data(read_data(tmp_path, SEED_FOLDER)).digest == first
    write(tmp_path, "data/10.json", {**BLOCK, "rows": [{"code": "c"}]})
    assert counted_data(read_data(tmp_path, SEED_FOLDER)).digest != first


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes in line 1"),
        ("", "not JSON: Expecting value in line 1"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": 1, "a": 2}', "'a' stands twice in one object"),
        ("[" * 100_000, "nested more than 50 deep"),
        ("[" * 60 + "]" * 60, "nested more than 50 deep"),
        ("9" * 5000, "a number of thousands of digits"),
    ],
)
def test_what_is_no_json_is_a_fault_of_its_file_and_none_of_the_others(
    tmp_path: Path, content: str, fault: str
) -> None:
    write(tmp_path, "data/10.json", content)
    write(tmp_path, "data/20.json", BLOCK)
    broken, whole = read_data(tmp_path, SEED_FOLDER)
    assert (broken.file, broken.fault) == ("data/10.json", fault)
    assert whole.fault == ""
    assert counted_data((broken, whole)).rows == 2


def test_what_is_no_small_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.mkfifo(tmp_path / "data" / "10.json")
    write(tmp_path, "data/20.json", " " * (4 * 2**20 + 1))
    pipe, large = read_data(tmp_path, SEED_FOLDER)
    assert pipe.fault == "data/10.json is not a regular file"
    assert large.fault == "data/20.json has 4194305 bytes; 4194304 are allowed"
    for number in range(201):
        write(tmp_path, f"data/more-{number}.json", "[]")
    assert [each.fault for each in read_data(tmp_path, SEED_FOLDER)] == ["203 files; 200 are allowed"]


def test_the_catalog_tells_of_data_also_from_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub_core.catalog.cache.SETTLED_NS", 0)
    site, cache = tmp_path / "site", tmp_path / "catalog.json"
    write_module(site, "ledger")
    write(site / "hub_ledger", "data/10.json", BLOCK)
    os.utime(site / "hub_ledger" / "data" / "10.json", (1, 1))
    (module,) = read_catalog([str(site)], cache=cache).modules
    assert (module.seed.rows, module.demo.digest) == (2, "")
    (again,) = read_catalog([str(site)], cache=cache).modules
    assert again == module
    write(site / "hub_ledger", "data/demo/10.json", BLOCK)
    (changed,) = read_catalog([str(site)], cache=cache).modules
    assert (changed.seed, changed.demo.rows) == (module.seed, 2), "a folder that was missing is looked for each time"
