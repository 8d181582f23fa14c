"""``hub list``, ``hub show`` and ``hub plan`` beside a database, which they read and never change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub_core.catalog import read_catalog
from hub_core.cli.main import main
from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.planning import ModuleState, RecordedModule, document
from hub_core.registry import record, recorded, store_desired

pytestmark = pytest.mark.usefixtures("empty_folder")

AVAILABLE = "available, and not asked for: notes, payments, raises_on_import, billing, billing_reminders"
DOCUMENT = "[modules.healthy]\n\n[modules.requires_healthy]\n"


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database that `hub up` has not seen, as the hub's setting."""
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    return database_url


def store(url: str, *states: tuple[str, ModuleState], text: str = DOCUMENT, **changes: Mapping[str, Any]) -> None:
    """Record modules that are on disk, as `hub up` leaves them."""
    on_disk = {module.name: module for module in read_catalog().modules}
    upgrade(parse_url(url), CORE_MIGRATIONS, on_revision=lambda run: None)
    with connect(parse_url(url)) as connection:
        for name, state in states:
            fields = {
                "distribution": on_disk[name].distribution,
                "version": str(on_disk[name].version),
                "hash": on_disk[name].hash,
                **changes.get(name, {}),
            }
            record(connection, RecordedModule(name=name, state=state, revision=None, table_prefix=f"{name}_", **fields))
        store_desired(connection, document(text), text)
        connection.commit()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def planned(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [step["text"] for step in told(capsys, "plan")["steps"]]


def test_an_empty_database_records_nothing(capsys: pytest.CaptureFixture[str], database: str) -> None:
    assert {module["state"] for module in told(capsys, "list")} == {"available"}


def test_list_and_show_tell_what_is_recorded(capsys: pytest.CaptureFixture[str], database: str) -> None:
    off = DOCUMENT.replace("[modules.healthy]", "[modules.healthy]\nenabled = false")
    store(database, ("healthy", ModuleState.DISABLED), ("requires_healthy", ModuleState.ENABLED), text=off)
    states = {module["name"]: (module["state"], module["conditions"]) for module in told(capsys, "list")}
    assert states["healthy"] == ("disabled", [])
    assert states["requires_healthy"] == ("enabled", ["blocked"])
    assert states["raises_on_import"] == ("available", [])
    module = told(capsys, "show", "requires_healthy")
    assert [reason["text"] for reason in module["reasons"]] == ["needs healthy, which is not enabled"]


def test_the_recorded_distribution_keeps_a_name_that_two_claim(
    capsys: pytest.CaptureFixture[str], database: str
) -> None:
    store(database, ("twice", ModuleState.ENABLED))  # of two in the catalog the last: zeta-twice
    states = {module["distribution"]: (module["state"], module["conditions"]) for module in told(capsys, "list")}
    assert states["zeta-twice"] == ("enabled", [])
    assert states["acme-twice"] == ("available", ["blocked"])


def test_the_first_plan_installs_what_hub_toml_names(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path, import_log: Path
) -> None:
    (tmp_path / "hub.toml").write_text(DOCUMENT)
    assert planned(capsys) == [
        "install healthy 1.2",
        "enable healthy",
        "install requires_healthy 1.0",
        "enable requires_healthy",
    ]
    assert not import_log.exists()


def test_without_hub_toml_the_first_plan_names_every_module_that_can_run(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    plan = told(capsys, "plan")
    names = {step["module"] for step in plan["steps"]}
    assert {"healthy", "requires_healthy", "raises_on_import"} <= names
    assert names.isdisjoint({"requires_missing", "twice", "circle_one"})
    assert plan["blocked"] == {}
    assert not (tmp_path / "hub.toml").exists(), "looking writes nothing"


def test_a_plan_changes_nothing_and_is_empty_when_all_is_done(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    (tmp_path / "hub.toml").write_text(DOCUMENT)
    store(database, ("healthy", ModuleState.ENABLED), ("requires_healthy", ModuleState.ENABLED))
    assert told(capsys, "plan")["steps"] == []
    assert main(["plan"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["nothing to do", AVAILABLE]


def test_a_plan_that_only_changes_a_setting_does_not_say_nothing_to_do(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    store(database, ("healthy", ModuleState.ENABLED), ("requires_healthy", ModuleState.ENABLED))
    (tmp_path / "hub.toml").write_text(
        DOCUMENT.replace("healthy]\n\n", "healthy]\n[modules.healthy.settings]\nsize = 1\n")
    )
    assert main(["plan"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "no steps",
        "drift: healthy: settings.size differs between hub.toml and the database",
        AVAILABLE,
    ]


def test_a_plan_before_it_is_carried_out_leaves_the_record_alone(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    store(database, ("healthy", ModuleState.ENABLED), ("requires_healthy", ModuleState.ENABLED))
    (tmp_path / "hub.toml").write_text(DOCUMENT.replace("healthy]\n\n", "healthy]\nenabled = false\n\n"))
    with connect(parse_url(database), read_only=True) as connection:
        before = recorded(connection)
    plan = told(capsys, "plan")
    assert [step["text"] for step in plan["steps"]] == ["disable healthy"]
    assert [reason["code"] for reason in plan["blocked"]["requires_healthy"]] == ["requirement_disabled"]
    assert plan["drift"] == ["healthy: enabled is false in hub.toml, true in the database"]
    with connect(parse_url(database), read_only=True) as connection:
        assert recorded(connection) == before


def test_changed_files_and_missing_distributions_are_drift(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    (tmp_path / "hub.toml").write_text(DOCUMENT)
    store(
        database,
        ("healthy", ModuleState.ENABLED),
        ("requires_healthy", ModuleState.ENABLED),
        healthy={"hash": "another"},
    )
    plan = told(capsys, "plan")
    assert [step["text"] for step in plan["steps"]] == ["record the files of healthy 1.2 anew"]
    assert plan["drift"] == ["healthy: its files changed since version 1.2 was recorded"]


def test_a_plan_without_json_numbers_the_steps_and_masks_the_password(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    (tmp_path / "hub.toml").write_text("[modules.healthy]\n[modules.requires_missing]\n")
    assert main(["plan"]) == 0
    printed = capsys.readouterr().out
    assert printed == (
        f"database: {parse_url(database).masked}\n"
        "1. install healthy 1.2\n"
        "   brings 1 permission, 1 menu entry and the extension point healthy_helpers 1.1\n"
        "2. enable healthy\n"
        "   answers under /api/v1/healthy and /healthy\n"
        "requires_missing blocked:\n"
        "  needs hub-module-nowhere>=1.2,<2 (Requires-Dist of hub-module-requires-missing 1.0), which is not installed [missing_requirement]\n"
        "    remedy: pip install 'hub-module-nowhere>=1.2,<2'\n"
        f"{AVAILABLE.replace('billing, ', 'billing, requires_healthy, ')}\n"
    )


def test_a_faulty_hub_toml_is_an_expected_failure(
    capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    (tmp_path / "hub.toml").write_text("[modul.healthy]\n")
    assert main(["plan"]) == 1
    assert capsys.readouterr().err.startswith("error: hub.toml has 1 fault\ncause: modul: unknown key")


@pytest.mark.parametrize("command", ["list", "plan"])
def test_looking_creates_no_database(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str) -> None:
    assert main([command]) == 0
    assert list(tmp_path.iterdir()) == []
