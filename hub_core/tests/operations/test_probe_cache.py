"""A remembered failure never outlives what could have mended it, and a damaged file is as good as none."""

import json
import os
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as setting
from hypothesis import strategies as st
from packaging.version import Version

from hub_core.catalog import Catalog, write_sealed
from hub_core.catalog.sealed_file import sealed
from hub_core.loading import ProbeKind
from hub_core.operations.describing.probe_cache import CACHE_FILE, FAILURES, Remembered, remember, remembered, writer
from hub_core.operations.describing.probe_keys import probe_keys
from hub_core.operations.describing.probe_reasons import probe_failures
from hub_core.resolution import Resolution, resolve
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.found_modules import catalog
from hub_core.tests.operations.packages import found_in

KINDS = get_args(ProbeKind)


def answer(module: str, text: str = "OSError") -> dict[str, object]:
    """What the probe tells of a module that fails."""
    return {"module": module, "phase": "import", "kind": "raised", "text": text, "remedy": ""}


class Environment:
    """Two modules, each with a package on disk, and the state folder of a hub."""

    def __init__(self, folder: Path) -> None:
        (folder / ".hub").mkdir()
        self.settings: HubSettings = read_settings(folder)
        self.file = self.settings.state_folder / CACHE_FILE
        self.catalog: Catalog = catalog(found_in(folder, "shop"), found_in(folder, "crm"))
        self.resolution: Resolution = resolve(self.catalog, contract=Version("1.0"))

    def keys(self) -> dict[str, str]:
        return dict(probe_keys(self.catalog, self.resolution, self.settings.areas, self.resolution.order))

    def remember(self, *answers: dict[str, object]) -> None:
        remember(self.settings, self.keys(), answers)

    def remembered(self) -> Remembered:
        return remembered(self.settings, self.catalog, self.resolution)

    def write(self, content: object) -> None:
        write_sealed(self.file, writer(), content, 0o600)


@pytest.fixture
def there(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


def test_failures_are_there_until_something_changes_and_say_when_they_were_found(there: Environment) -> None:
    there.remember(answer("shop", "KeyError"), answer("crm"))
    assert there.remembered().answers == {"shop": answer("shop", "KeyError"), "crm": answer("crm")}
    assert set(there.remembered().when) == {"shop", "crm"}
    assert all(when.startswith("20") and when.endswith(" UTC") for when in there.remembered().when.values())
    (there.settings.state_folder.parent / "mod_shop" / "__init__.py").write_text("mended = True")
    assert there.remembered().answers == {"crm": answer("crm")}


def test_what_went_well_is_not_kept_and_what_was_not_asked_again_stays(there: Environment) -> None:
    there.remember(answer("shop"), {**answer("crm"), "kind": "described", "phase": ""})
    assert list(there.remembered().answers) == ["shop"]
    there.remember(answer("crm"))
    assert set(there.remembered().answers) == {"shop", "crm"}
    there.remember({**answer("shop"), "kind": "described", "phase": ""})
    assert list(there.remembered().answers) == ["crm"]


def test_what_changes_during_the_probe_is_not_remembered(there: Environment) -> None:
    keys = there.keys()
    (there.settings.state_folder.parent / "mod_shop" / "__init__.py").write_text("mended = True")
    remember(there.settings, keys, [answer("shop"), answer("crm")])
    assert list(there.remembered().answers) == ["crm"]


def test_a_module_whose_files_vouch_for_nothing_is_not_remembered(there: Environment, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mod_shop" / "linked").symlink_to(tmp_path / "elsewhere")
    there.remember(answer("shop"), answer("crm"))
    assert list(there.remembered().answers) == ["crm"]


def test_nothing_is_looked_at_where_nothing_is_remembered(there: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []

    def look(folder: Path) -> str:
        looked.append(folder)
        return "stamp"

    monkeypatch.setattr("hub_core.operations.describing.probe_keys.folder_stamp", look)
    assert there.remembered() == Remembered()
    there.remember()
    assert looked
    looked.clear()
    assert there.remembered().answers == {}
    assert looked == []


def test_only_its_owner_may_read_it_and_nothing_else_is_left(there: Environment) -> None:
    there.remember(answer("shop", "postgresql://me:s3cret@host/db"))
    (file,) = there.settings.state_folder.iterdir()
    assert file.name == CACHE_FILE
    assert file.stat().st_mode & 0o077 == 0


def test_without_a_state_folder_nothing_is_written(there: Environment) -> None:
    there.settings.state_folder.rmdir()
    there.remember(answer("shop"))
    assert there.remembered() == Remembered()
    assert not there.settings.state_folder.exists()


def test_a_folder_that_cannot_be_written_is_gone_without(there: Environment) -> None:
    there.file.mkdir()
    there.remember(answer("shop"))
    assert there.remembered() == Remembered()
    assert [path.name for path in there.settings.state_folder.iterdir()] == [CACHE_FILE]


def test_a_pipe_in_its_place_is_not_waited_for(there: Environment) -> None:
    os.mkfifo(there.file)
    assert there.remembered() == Remembered()


def test_the_kinds_that_are_kept_are_those_the_probe_knows() -> None:
    assert FAILURES | {"described", "configuration"} == set(KINDS)


# damage


def whole(there: Environment, *, key: str = "", when: object = 1_700_000_000, **changes: object) -> dict[str, Any]:
    """The content of a file that tells of a failure of ``shop``, with some of it changed."""
    entry = {
        "key": key or there.keys()["shop"],
        "when": when,
        "environment": "",
        "answer": {**answer("shop"), **changes},
    }
    return {"failures": {"shop": entry}}


def test_the_file_that_is_damaged_below_is_a_good_one(there: Environment) -> None:
    there.write(whole(there))
    assert there.remembered() == Remembered(
        answers={"shop": answer("shop")}, when={"shop": "2023-11-14 at 22:13 UTC"}, elsewhere=frozenset({"shop"})
    )


def without(content: dict[str, Any], *path: str) -> dict[str, Any]:
    place = content
    for each in path[:-1]:
        place = place[each]
    del place[path[-1]]
    return content


@pytest.mark.parametrize(
    "path",
    [
        ("failures",),
        ("failures", "shop", "when"),
        ("failures", "shop", "key"),
        ("failures", "shop", "environment"),
        ("failures", "shop", "answer"),
        *(("failures", "shop", "answer", each) for each in ("module", "phase", "kind", "text", "remedy")),
    ],
)
def test_a_value_that_is_missing_is_no_crash_and_no_reason(there: Environment, path: tuple[str, ...]) -> None:
    there.write(without(whole(there), *path))
    assert there.remembered().answers == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"when": True},
        {"when": -1},
        {"when": 10**30},
        {"when": 1.5},
        {"key": "another"},
        {"environment": None},
        {"module": "crm"},
        {"module": 1},
        {"kind": "described"},
        {"kind": "unheard"},
        {"kind": []},
        {"phase": ""},
        {"phase": "Import!"},
        {"phase": None},
        {"text": 1},
        {"text": "two\nlines"},
        {"text": "\ud800"},
        {"remedy": None},
        {"more": ""},
    ],
)
def test_a_value_of_another_shape_is_no_crash_and_no_reason(there: Environment, changes: dict[str, Any]) -> None:
    there.write(whole(there, **changes))
    assert there.remembered().answers == {}


def test_a_file_that_changed_without_its_checksum_is_no_cache_and_is_replaced(there: Environment) -> None:
    there.write(whole(there))
    there.file.write_bytes(there.file.read_bytes().replace(b"OSError", b"OSErrod"))
    assert there.remembered() == Remembered()
    there.file.write_text(json.dumps(whole(there)))
    assert there.remembered() == Remembered()
    there.file.write_bytes(sealed(b"another", json.dumps(whole(there)).encode()))
    assert there.remembered() == Remembered()
    there.remember(answer("crm"))
    assert list(there.remembered().answers) == ["crm"]


ATOMS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from((*KINDS, "shop", "import"))
)
WORDS = st.text() | st.sampled_from(
    ("when", "failures", "shop", "crm", "key", "answer", "module", "phase", "kind", "text")
)
ANYTHING = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=20)
TEXTS = st.sampled_from(("shop", "crm", "import", "raised", "died", "why")) | ANYTHING
ANSWERS = st.fixed_dictionaries(
    {"module": st.sampled_from(("shop", "crm")) | TEXTS, "phase": TEXTS, "kind": st.sampled_from(KINDS) | TEXTS},
    optional={"text": TEXTS, "remedy": TEXTS, "more": ANYTHING},
)
ENTRIES = st.fixed_dictionaries(
    {
        "key": st.sampled_from(("KEY", "another")) | ANYTHING,
        "environment": st.just("") | ANYTHING,
        "answer": ANSWERS | ANYTHING,
    }
)
FILES = st.fixed_dictionaries(
    {
        "when": st.integers(0, 10**12) | ANYTHING,
        "failures": st.dictionaries(WORDS, ENTRIES | ANYTHING) | ANYTHING,
    }
)


@setting(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(content=FILES | ANYTHING, checked=st.sampled_from((True, False, None)))
@example(
    content={"when": 1, "failures": {"shop": {"key": "KEY", "environment": "", "answer": answer("shop")}}}, checked=True
)
@example(
    content={"when": 1, "failures": {"shop": {"key": "KEY", "environment": "", "answer": answer("shop")}}},
    checked=False,
)
@example(content={"when": 1, "failures": {"shop": {"answer": answer("shop")}}}, checked=True)
@example(
    content={"when": 1, "failures": {"left": {"key": "KEY", "environment": "", "answer": answer("left")}}}, checked=True
)
@example(
    content={"when": 1, "failures": {"crm": {"key": "KEY", "environment": "", "answer": answer("crm")}}}, checked=True
)
def test_no_content_crashes_it_or_invents_a_reason(there: Environment, content: Any, checked: bool | None) -> None:
    """``KEY`` stands for the key of ``shop``: only what says so, in full, is a reason, and for ``shop`` alone.

    The checksum is right, somebody else's (``False``) or not there (``None``).
    """
    body = json.dumps(content).replace('"KEY"', f'"{there.keys()["shop"]}"').encode()
    there.file.write_bytes(body if checked is None else sealed(writer() if checked else b"another", body))
    known = there.remembered()
    failures = dict(probe_failures(known.answers, known.when))
    assert set(failures) <= ({"shop"} if checked else set())
    for name, failure in failures.items():
        kept = content["failures"][name]
        assert (kept["key"], kept["answer"]["module"]) == ("KEY", name)
        assert kept["answer"]["text"] in failure.reason.text
