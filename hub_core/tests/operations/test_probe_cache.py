"""What the probe found is remembered for one build beside the same libraries, and a damaged file is as good as none."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from hub_core.catalog import Catalog, FoundModule
from hub_core.operations.probe_cache import CACHE_FILE, probe_keys, remember, remembered
from hub_core.resolution import resolve
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.found_modules import catalog, found

KEYS = {"shop": "key of shop", "crm": "key of crm"}
LIBRARIES = {"fastapi": "0.165.1", "pydantic": "2.13.0", "sqlalchemy": "2.1.0", "numpy": "2.4"}


def answer(module: str, text: str = "") -> dict[str, object]:
    kind = "raised" if text else "described"
    return {"module": module, "phase": "import", "kind": kind, "text": text, "remedy": "", "description": None}


@pytest.fixture
def settings(tmp_path: Path) -> HubSettings:
    (tmp_path / ".hub").mkdir()
    return read_settings(tmp_path)


def test_what_was_remembered_is_there_for_the_same_key(settings: HubSettings) -> None:
    remember(settings, KEYS, [answer("shop"), answer("crm", "OSError")])
    assert remembered(settings, KEYS) == {"shop": answer("shop"), "crm": answer("crm", "OSError")}
    assert remembered(settings, {**KEYS, "shop": "another"}) == {"crm": answer("crm", "OSError")}


def test_new_answers_stand_beside_those_that_still_hold(settings: HubSettings) -> None:
    remember(settings, KEYS, [answer("shop"), answer("crm")])
    remember(settings, {"shop": "another", "crm": "key of crm"}, [answer("shop", "OSError")])
    assert remembered(settings, {**KEYS, "shop": "another"}) == {
        "shop": answer("shop", "OSError"),
        "crm": answer("crm"),
    }
    remember(settings, {"crm": "key of crm"}, [])
    file = json.loads((settings.state_folder / CACHE_FILE).read_text())
    assert list(file["modules"]) == ["crm"], "what holds no more is not kept for ever"


def test_only_its_owner_may_read_it_and_nothing_else_is_left(settings: HubSettings) -> None:
    remember(settings, KEYS, [answer("shop", "postgresql://me:s3cret@host/db")])
    (file,) = settings.state_folder.iterdir()
    assert file.name == CACHE_FILE
    assert file.stat().st_mode & 0o077 == 0


def test_without_a_state_folder_nothing_is_written(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    remember(settings, KEYS, [answer("shop")])
    assert remembered(settings, KEYS) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_gone_without(settings: HubSettings) -> None:
    (settings.state_folder / CACHE_FILE).mkdir()
    remember(settings, KEYS, [answer("shop")])
    assert remembered(settings, KEYS) == {}
    assert [path.name for path in settings.state_folder.iterdir()] == [CACHE_FILE]


def whole(**probed: object) -> str:
    entry = {"key": "key of shop", "probed": {**answer("shop"), **probed}}
    return json.dumps({"format": 1, "modules": {"shop": entry}})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "garbage",
        "null",
        "[]",
        "{}",
        '{"format": 1}',
        '{"format": 1, "modules": []}',
        '{"format": 1, "modules": {"shop": 1}}',
        '{"format": 1, "modules": {"shop": {"key": "key of shop"}}}',
        '{"format": 1, "modules": {"shop": {"key": "key of shop", "probed": []}}}',
        whole(text=1),
        whole(module="crm"),
        whole().replace('"format": 1', '"format": 2'),
        whole()[:-1],
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_corrupt_file_is_no_cache_and_is_replaced(content: str, settings: HubSettings) -> None:
    file = settings.state_folder / CACHE_FILE
    file.write_text(whole())
    assert set(remembered(settings, KEYS)) == {"shop"}
    file.write_bytes(content.encode(errors="surrogateescape"))
    assert remembered(settings, KEYS) == {}
    remember(settings, KEYS, [answer("crm")])
    assert set(remembered(settings, KEYS)) == {"crm"}


def test_a_pipe_in_its_place_is_not_waited_for(settings: HubSettings) -> None:
    os.mkfifo(settings.state_folder / CACHE_FILE)
    assert remembered(settings, KEYS) == {}


def keys_of(*modules: FoundModule, areas: tuple[str, ...] = ("admin",), **libraries: str) -> dict[str, str]:
    there: Catalog = catalog(*modules, libraries={"hub-hookspecs": "1.0", **LIBRARIES, **libraries})
    return dict(probe_keys(there, resolve(there, contract=Version("1.0")), areas))


BASE = found("base", "numpy")
SHOP = found("shop", "mod-base")
OTHER = found("other")


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda: keys_of(BASE, SHOP, OTHER), set()),
        (lambda: keys_of(OTHER, SHOP, BASE), set()),
        (lambda: keys_of(replace(BASE, hash="new"), SHOP, OTHER), {"base", "shop"}),
        (lambda: keys_of(BASE, replace(SHOP, hash="new"), OTHER), {"shop"}),
        (lambda: keys_of(BASE, replace(SHOP, entry_point="mod_shop:plugin"), OTHER), {"shop"}),
        (lambda: keys_of(BASE, SHOP, OTHER, fastapi="0.165.2"), {"base", "shop", "other"}),
        (lambda: keys_of(BASE, SHOP, OTHER, pydantic="2.14.0"), {"base", "shop", "other"}),
        (lambda: keys_of(BASE, SHOP, OTHER, sqlalchemy="2.1.1"), {"base", "shop", "other"}),
        (lambda: keys_of(BASE, SHOP, OTHER, numpy="2.5"), {"base", "shop"}),
        (lambda: keys_of(BASE, SHOP, OTHER, areas=("admin", "moon")), {"base", "shop", "other"}),
    ],
)
def test_a_key_changes_with_all_that_the_answer_depends_on(
    change: Callable[[], dict[str, str]], changed: set[str]
) -> None:
    before, after = keys_of(BASE, SHOP, OTHER), change()
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_key_changes_with_contract_and_python(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {keys_of(OTHER)["other"]}
    monkeypatch.setattr("hub_core.operations.probe_cache.CONTRACT_VERSION", "1.1")
    seen.add(keys_of(OTHER)["other"])
    monkeypatch.setattr("sys.version", "4.0")
    seen.add(keys_of(OTHER)["other"])
    assert len(seen) == 3
