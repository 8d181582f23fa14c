"""``hub doctor``: each finding with the real fault behind it, and nothing that it raises on."""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.cli.main import main
from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.operations.describing.probe_cache import remember
from hub_core.operations.doctor import database as doctor_database
from hub_core.planning import ModuleState
from hub_core.settings import read_settings
from hub_core.tests.cli.hub_processes import run_hub, run_new_hub
from hub_core.tests.cli.test_with_database import store
from hub_core.tests.conftest import Wheelhouse
from hub_core.tests.sample_modules import METADATA, SampleModules

CHECKS = ["python", "paths", "database", "caches", "bytecode", "distributions", "leftovers", "metadata"]
CHECKS += ["probe", "modules"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with Python writing bytecode as it does by default."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return folder


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch, doctor: Any) -> Iterator[Path]:
    """A folder of root's where a user who is not root stands, and may only look."""
    doctor()  # imports what it needs: Python itself may lie in a folder that only root may read
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    else:
        folder.chmod(0o555)
    monkeypatch.chdir(folder)
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


class Told(list[dict[str, str]]):
    """What was observed; ``exit_code`` of the command."""

    exit_code: int

    def of(self, code: str) -> dict[str, str]:
        """The one observation of this code."""
        (found,) = [each for each in self if each["code"] == code]
        return found

    def codes(self, check: str) -> list[str]:
        return [each["code"] for each in self if each["check"] == check]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Any:
    """Call it, and read what it says."""

    def call() -> Told:
        exit_code = main(["doctor", "--json"])
        printed = capsys.readouterr()
        assert printed.err == ""
        told = Told(json.loads(printed.out))
        told.exit_code = exit_code
        assert all(set(each) == {"check", "level", "code", "text", "remedy"} for each in told)
        assert all(bool(each["remedy"]) == (each["level"] != "ok") for each in told)
        assert exit_code == (1 if any(each["level"] == "error" for each in told) else 0)
        return told

    return call


def test_of_a_healthy_installation_every_check_says_one_good_thing(
    doctor: Any, folder: Path, database_url: str
) -> None:
    upgrade(parse_url(database_url), CORE_MIGRATIONS, on_revision=lambda run: None)
    (folder / "hub.toml").write_text(f"[hub]\ndatabase_url = {database_url!r}\n[modules.notes]\n")
    told = doctor()
    assert list(dict.fromkeys(each["check"] for each in told)) == CHECKS
    assert [each for each in told if each["level"] == "error"] == []
    assert told.of("database_ready")["text"].endswith(" is the hub's; it records 0 modules")
    assert told.exit_code == 0
    assert list(folder.iterdir()) == [folder / "hub.toml"], "looking writes nothing"


def test_people_read_marks_groups_and_remedies(
    capsys: pytest.CaptureFixture[str], folder: Path, samples: SampleModules
) -> None:
    samples.install("lonely", requires=("nowhere>=1",))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line[0].isalpha()] == CHECKS
    place = lines.index("modules")
    assert lines[place + 1].startswith("  ✗ lonely (sample-lonely 1.0) blocked: needs nowhere>=1")
    assert lines[place + 2] == "    remedy: pip install 'nowhere>=1'"
    assert "  ! " in "\n".join(lines)
    assert lines[-1].startswith("2 errors, ")


def test_an_output_that_knows_only_ascii_gets_plain_marks(tmp_path: Path) -> None:
    ran = run_hub(tmp_path, "doctor", PYTHONIOENCODING="ascii:strict")
    assert ran.stderr == ""
    assert ran.stdout.isascii()
    assert "  + Python 3" in ran.stdout


# Python


def test_a_python_that_is_no_virtual_environment_is_a_warning(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert doctor().of("no_virtual_environment")["level"] == "warning"


def test_a_python_that_hub_core_does_not_support_is_an_error(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "hub-core", "Requires-Python: >=99\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    found = doctor().of("python_unsupported")
    assert found["level"] == "error"
    assert found["text"].endswith("hub-core supports >=99")


def test_a_hub_core_without_metadata_is_a_warning(doctor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor()  # imports what it needs, before its folder is taken from the path
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if not folder.endswith("site-packages")])
    assert doctor().of("hub_core_unknown")["level"] == "warning"


# paths


def test_settings_that_are_not_valid_are_an_error_and_the_rest_is_examined(
    doctor: Any, folder: Path, samples: SampleModules
) -> None:
    samples.install("lonely", requires=("nowhere>=1",))
    (folder / "hub.toml").write_text("[hub]\nprot = 1\n")
    told = doctor()
    assert "unknown key 'prot'" in told.of("settings_invalid")["text"]
    assert told.codes("database") == ["not_examined"]
    assert told.codes("modules")[0] == "missing_requirement"


def test_a_hub_toml_that_is_no_toml_is_one_error(doctor: Any, folder: Path) -> None:
    (folder / "hub.toml").write_bytes(b"[hub\n")
    assert [each["code"] for each in doctor() if each["level"] == "error"] == ["settings_invalid"]


def test_a_hub_toml_that_is_not_utf8_is_one_error(doctor: Any, folder: Path) -> None:
    (folder / "hub.toml").write_bytes(b"\xff")
    assert [each["code"] for each in doctor() if each["level"] == "error"] == ["settings_invalid"]


def test_wishes_that_are_not_valid_are_an_error(doctor: Any, folder: Path) -> None:
    (folder / "hub.toml").write_text("[modules.notes]\nversion = 'new'\n")
    assert "modules.notes.version" in doctor().of("document_invalid")["text"]


def test_a_hub_toml_in_a_folder_above_is_a_warning(doctor: Any, folder: Path) -> None:
    (folder.parent / "hub.toml").write_text("")
    found = doctor().of("document_above")
    assert (found["level"], found["remedy"]) == ("warning", f"cd {folder.parent}")


def test_a_folder_that_may_not_be_written_is_named_three_times(doctor: Any, ordinary_user: Path) -> None:
    told = doctor()
    assert told.of("config_not_writable")["level"] == "warning"
    assert told.of("state_folder_not_writable")["level"] == "error"
    assert f"the folder {ordinary_user} is not writable" in told.of("state_folder_not_writable")["text"]


def test_a_state_folder_that_holds_no_database_may_be_read_only(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/hub")
    assert doctor().of("state_folder_not_writable")["level"] == "warning"


def test_a_state_folder_that_is_a_file_is_an_error(doctor: Any, folder: Path) -> None:
    (folder / ".hub").write_text("")
    assert doctor().of("state_folder_not_writable")["text"].endswith("/.hub is a file")


def test_a_folder_nobody_may_look_into_is_told(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = as_root(ordinary_user / "hidden")
    monkeypatch.setenv("HUB_STATE_DIR", str(hidden))
    told = doctor()
    assert "hidden" in told.of("state_folder_not_writable")["text"]
    assert told.of("database_unreachable")["level"] == "error"
    assert told.of("cache_broken")["level"] == "warning"


def test_an_env_file_nobody_may_read_is_told(doctor: Any, ordinary_user: Path) -> None:
    as_root(ordinary_user / ".env", file=True)
    assert ".env cannot be read" in doctor().of("settings_invalid")["text"]


def test_a_folder_of_the_path_that_is_gone_is_a_warning(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path / "gone")
    site = tmp_path / "site"
    site.mkdir()
    (site / "editable.pth").write_text(f"{tmp_path}/moved\nimport sys\n# a comment\n{tmp_path}\n")
    monkeypatch.syspath_prepend(site)
    missing = [each["text"] for each in doctor() if each["code"] == "path_missing"]
    assert [f"{tmp_path}/gone is on Python's path" in missing[0], f"names {tmp_path}/moved," in missing[1]] == [
        True,
        True,
    ]
    assert len(missing) == 2


def test_a_folder_of_module_paths_that_is_not_there_is_a_warning_once(doctor: Any, folder: Path) -> None:
    (folder / "hub.toml").write_text("[hub]\nmodule_paths = ['gone']\n")
    found = doctor().of("module_path_missing")
    assert (found["check"], found["level"]) == ("paths", "warning")
    assert found["text"].startswith(f"{folder / 'gone'}, ")


def test_a_current_folder_that_was_deleted_is_an_error(doctor: Any, folder: Path) -> None:
    shutil.rmtree(folder)
    told = doctor()
    assert told.of("current_folder_gone")["level"] == "error"
    assert told.codes("modules")[-1:] == ["modules_can_run"]


# database


def test_a_database_that_is_not_there_yet_is_a_warning(doctor: Any, folder: Path) -> None:
    found = doctor().of("database_not_prepared")
    assert (found["level"], found["remedy"]) == ("warning", "Run `hub up`, which prepares it")


def test_a_database_the_hub_has_not_seen_is_a_warning(
    doctor: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(parse_url(database_url)) as connection:
        connection.execute(text("CREATE TABLE others (id integer)"))
        connection.commit()
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    assert doctor().of("database_not_prepared")["text"].endswith("holds nothing of the hub yet")


def test_tables_that_are_not_as_the_hub_left_them_are_an_error(
    doctor: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(parse_url(database_url), CORE_MIGRATIONS, on_revision=lambda run: None)
    with connect(parse_url(database_url)) as connection:
        connection.execute(text("ALTER TABLE hub_module RENAME COLUMN hash TO other"))
        connection.commit()
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    assert "hash" in doctor().of("database_unreadable")["text"]


def test_a_server_that_does_not_answer_is_an_error_without_its_password(
    doctor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/hub")
    told = doctor()
    assert told.of("database_unreachable")["level"] == "error"
    assert "s3cret" not in json.dumps(told)


def test_a_server_without_that_database_is_an_error(
    doctor: Any, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", f"{postgres_server.rpartition('/')[0]}/nowhere")
    assert doctor().of("database_missing")["remedy"] == "Create it: createdb nowhere"


@pytest.mark.parametrize("url", ["mysql://root:s3cret@db/hub", "what:ever:s3cret", "postgresql://a:s3c@ret@db/hub"])
def test_a_url_that_is_refused_is_an_error_without_its_password(
    doctor: Any, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    told = doctor()
    assert told.of("database_refused")["level"] == "error"
    assert "s3c" not in json.dumps(told)


def test_a_file_that_is_no_database_is_an_error(doctor: Any, folder: Path) -> None:
    (folder / ".hub").mkdir()
    (folder / ".hub" / "hub.db").write_text("not a database at all, but long enough to be one" * 100)
    assert "not an SQLite database" in doctor().of("database_unreachable")["text"]


def test_a_damaged_database_is_an_error(doctor: Any, folder: Path) -> None:
    (folder / ".hub").mkdir()
    path = folder / ".hub" / "hub.db"
    upgrade(parse_url(f"sqlite:///{path}"), CORE_MIGRATIONS, on_revision=lambda run: None)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA journal_mode=DELETE").fetchone() == ("delete",)
        (size,) = file.execute("PRAGMA page_size").fetchone()
        (page,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'hub_failure'").fetchone()
    content = path.read_bytes()
    path.write_bytes(content[: (page - 1) * size] + b"\xff" * size + content[page * size :])
    assert "malformed" in doctor().of("database_unreadable")["text"]


def test_an_sqlite_file_in_a_folder_that_may_not_be_written_is_an_error(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", f"sqlite:///{ordinary_user}/hub.db")
    assert f"the folder {ordinary_user} is not writable" in doctor().of("database_unreachable")["text"]


def test_a_nearly_full_disk_is_a_warning(doctor: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(folder).free
    monkeypatch.setattr(doctor_database, "ENOUGH_BYTES", free * 2)
    assert doctor().of("disk_nearly_full")["level"] == "warning"


# caches, bytecode


def test_a_corrupt_cache_is_named_and_the_others_are_not(doctor: Any, folder: Path) -> None:
    caches = folder / ".hub" / "cache" / "deep"
    caches.mkdir(parents=True)
    (folder / ".hub" / "catalog.json").write_text("0" * 64 + "\n{}")
    (caches / "good.json").write_text("{}")
    (caches / "bad.json").write_text('{"cut off')
    (caches / "bad.sqlite").write_text("no database")
    (folder / ".hub" / "cut.json").write_text("0" * 64 + '\n{"cut')
    broken = [each["text"].partition(": it is corrupt")[0] for each in doctor() if each["code"] == "cache_broken"]
    assert broken == [str(caches / "bad.json"), str(caches / "bad.sqlite"), str(folder / ".hub" / "cut.json")]


def test_what_the_probe_left_is_a_cache_like_the_others(doctor: Any, folder: Path) -> None:
    (folder / ".hub").mkdir(exist_ok=True)
    file = folder / ".hub" / "probe.json"
    answer = {"module": "shop", "phase": "import", "kind": "raised", "text": "OSError", "remedy": ""}
    remember(read_settings(folder), {"shop": "key"}, [answer])
    assert "OSError" in file.read_text()
    assert doctor().of("caches_readable")["text"] == "1 cache file, readable"
    file.write_bytes(file.read_bytes()[:-1])
    assert doctor().of("cache_broken")["text"].startswith(f"{file}: it is corrupt")


def test_caches_that_can_be_read_are_counted(doctor: Any, folder: Path) -> None:
    (folder / ".hub" / "cache").mkdir(parents=True)
    (folder / ".hub" / "cache" / "good.json").write_text("{}")
    assert doctor().of("caches_readable")["text"] == "1 cache file, readable"


@pytest.mark.parametrize("switch", ["1", ""])
def test_bytecode_that_is_switched_off_is_a_warning(tmp_path: Path, switch: str) -> None:
    told = json.loads(run_hub(tmp_path, "doctor", "--json", PYTHONDONTWRITEBYTECODE=switch).stdout)
    assert any(each["code"] == "bytecode_off" for each in told) is bool(switch)


def test_packages_that_are_not_compiled_and_cannot_be_are_a_warning(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = as_root(ordinary_user / "site", mode=0o755)
    with_root(lambda: install(site, "plain", package="plain"))
    monkeypatch.syspath_prepend(site)
    found = [each for each in doctor() if each["code"] == "bytecode_missing" and str(site) in each["text"]]
    assert "1 package in it is not compiled (plain)" in found[0]["text"]
    with_root((site / "plain" / "__pycache__").mkdir)
    assert [each for each in doctor() if each["code"] == "bytecode_missing" and str(site) in each["text"]] == []


def test_a_folder_for_bytecode_that_may_not_be_written_is_a_warning(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(ordinary_user / "bytecode"))
    assert doctor().of("bytecode_missing")["level"] == "warning"


# distributions, leftovers, metadata


def install(site: Path, name: str, *lines: str, package: str = "", version: str = "1.0") -> Path:
    """A distribution as pip leaves it, with more lines of metadata."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    metadata = METADATA.format(distribution=name, version=version, requires="".join(lines))
    (info / "METADATA").write_text(metadata)
    if package:
        (site / package).mkdir()
        (site / package / "__init__.py").write_text("")
    (info / "RECORD").write_text(f"{package}/__init__.py,,\n" if package else "")
    return info


def as_root(path: Path, *, file: bool = False, mode: int = 0o700) -> Path:
    """A folder or file of the owner's alone."""

    def make() -> None:
        path.touch() if file else path.mkdir()
        path.chmod(mode if os.getuid() == 0 else 0)

    with_root(make)
    return path


def with_root(act: Any) -> None:
    """Act as the user the tests run as."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    try:
        act()
    finally:
        os.seteuid(user)


def test_what_does_not_fit_together_is_named(doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    install(
        site, "one", "Requires-Dist: two>=2\n", "Requires-Dist: Nowhere[x]~=3.0\n", "Requires-Python: <3\n",
        'Requires-Dist: other; python_version < "3"\n', 'Requires-Dist: soft; extra == "x"\n', "Requires-Dist: ?!\n",
    )  # fmt: skip
    install(site, "two")
    monkeypatch.syspath_prepend(site)
    told = doctor()
    assert sorted((each["code"], each["text"]) for each in told if "one 1.0" in each["text"]) == [
        (
            "metadata_invalid",
            "the metadata of one 1.0 has a requirement without meaning: '?!' is not a requirement (PEP 508)",
        ),
        ("missing_requirement", "one 1.0 needs nowhere[x]~=3.0, which is not installed"),
        ("python_mismatch", f"one 1.0 needs Python <3; this is {'.'.join(map(str, sys.version_info[:3]))}"),
        ("version_mismatch", "one 1.0 needs two>=2, but 1.0 is installed"),
    ]


def test_a_password_in_metadata_is_masked(
    doctor: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "site", "private", "Requires-Dist: no name @ https://me:s3cret@host/x.whl\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert "https://me:***@host" in doctor().of("metadata_invalid")["text"]
    main(["doctor"])
    assert "s3cret" not in capsys.readouterr().out


def test_what_an_interrupted_pip_left_is_a_warning(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    install(site, "half", package="half")
    (site / "half" / "__init__.py").unlink()
    (site / "~alf").mkdir()
    (site / "~alf-0.9.dist-info").mkdir()
    monkeypatch.syspath_prepend(site)
    told = doctor()
    assert [each["text"] for each in told if each["code"] == "install_unfinished"] == [
        f"{site}/~alf is left over from an interrupted pip",
        f"{site}/~alf-0.9.dist-info is left over from an interrupted pip",
    ]
    assert told.of("files_missing")["text"] == f"1 file of half 1.0 is gone from {site}: half/__init__.py"
    assert told.of("files_missing")["remedy"] == "pip install --force-reinstall --no-deps 'half==1.0'"


def test_distributions_that_cannot_be_read_are_named(
    doctor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    install(site, "twin")
    install(site, "twin", version="2.0")
    monkeypatch.syspath_prepend(site)
    told = doctor()
    assert told.of("distribution_unreadable")["level"] == "warning"
    assert told.of("distribution_twice")["level"] == "warning"


def test_a_folder_of_distributions_that_may_not_be_read_is_an_error(
    doctor: Any, ordinary_user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = as_root(ordinary_user / "site")
    monkeypatch.syspath_prepend(site)
    levels = [each["level"] for each in doctor() if each["code"] == "path_unreadable" and str(site) in each["text"]]
    assert levels == ["error"]


# modules


@pytest.mark.usefixtures("empty_folder")
def test_every_blocked_module_is_named_with_its_reasons_and_none_is_imported(doctor: Any, import_log: Path) -> None:
    told = doctor()
    codes = set(told.codes("modules"))
    assert {"missing_requirement", "requirement_cycle", "name_clash", "manifest_invalid", "contract_mismatch"} <= codes
    running = told.of("modules_can_run")["text"]
    assert "raises_on_import" in running
    assert "requires_missing" not in running
    assert not import_log.exists()


@pytest.mark.usefixtures("empty_folder")
def test_what_is_recorded_and_gone_is_named_when_a_database_is_there(
    doctor: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    store(database_url, ("healthy", ModuleState.ENABLED), healthy={"distribution": "gone"})
    told = doctor()
    assert "gone is recorded, but not installed" in told.of("not_installed")["text"]


def test_a_library_that_cannot_be_imported_is_an_error_and_the_rest_is_examined(
    tmp_path: Path, wheelhouse: Wheelhouse
) -> None:
    broken = tmp_path / "broken"
    for name in ("sqlalchemy", "pydantic_settings"):
        (broken / name).mkdir(parents=True)
        (broken / name / "__init__.py").write_text(f"raise ImportError('{name} is broken')")
    ran = run_new_hub(tmp_path, "doctor", "--json", path=broken)
    assert (ran.returncode, ran.stderr) == (1, "")
    told = json.loads(ran.stdout)
    assert {each["check"] for each in told if each["code"] == "not_importable"} == {
        "paths",
        "database",
        "backups",
        "caches",
        "probe",
    }
    assert told[-1]["code"] == "modules_can_run"
