"""The settings: where they come from, which source wins, and how faults are told."""

import os
from pathlib import Path

import pytest

from hub_core.settings import SettingsInvalid, read_settings


def test_the_environment_wins_over_dotenv_over_hub_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hub.toml").write_text('[hub]\nport = 1\nhost = "toml"\nlog_level = "error"\n')
    (tmp_path / ".env").write_text("HUB_PORT=2\nHUB_HOST=dotenv\n")
    monkeypatch.setenv("HUB_PORT", "3")
    settings = read_settings(tmp_path)
    assert (settings.port, settings.host, settings.log_level) == (3, "dotenv", "error")


def test_the_command_line_wins_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT", "3")
    assert read_settings(tmp_path, port=4, host=None).port == 4


def test_module_settings_come_from_the_environment_with_nesting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_MODULES__BILLING__CURRENCY", "USD")
    monkeypatch.setenv("HUB_MODULES__BILLING__SELLER__NAME", "Acme")
    assert read_settings(tmp_path).modules == {"billing": {"currency": "USD", "seller": {"name": "Acme"}}}


def test_the_embedded_database_lies_in_the_state_folder(tmp_path: Path) -> None:
    assert read_settings(tmp_path).effective_database_url == f"sqlite:///{tmp_path}/.hub/hub.db"


def test_all_faults_of_the_environment_are_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT", "many")
    monkeypatch.setenv("HUB_LOG_LEVEL", "loud")
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(tmp_path)
    assert len(refused.value.faults) == 2
    assert str(refused.value) == (
        "the settings in hub.toml, .env and HUB_* are not valid\n"
        "cause: port: Input should be a valid integer, unable to parse string as an integer; "
        "log_level: Input should be 'debug', 'info', 'warning' or 'error'\n"
        "remedy: Correct what is named; the settings reference lists every setting"
    )


def test_an_unknown_key_is_named_with_the_nearest_known_one(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[hub]\nprot = 1\n")
    with pytest.raises(SettingsInvalid, match=r"unknown key 'prot' in .hub.; did you mean 'port'"):
        read_settings(tmp_path)


def test_a_broken_hub_toml_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[hub\n")
    with pytest.raises(SettingsInvalid, match="line 1"):
        read_settings(tmp_path)


def test_a_hub_toml_nested_too_deep_is_a_fault_and_no_bug(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("x = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(SettingsInvalid):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_AREAS", "foo"),
        ("HUB_AREAS", '["modules"]'),
        ("HUB_AREAS", '["9"]'),
        ("HUB_MODULES", "garbage"),
        ("HUB_STOP_SECONDS", "inf"),
    ],
)
def test_what_the_environment_cannot_mean_is_refused(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid):
        read_settings(tmp_path)


def test_a_dotenv_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b'HUB_PORT="\xff"')
    with pytest.raises(SettingsInvalid):
        read_settings(tmp_path)


def test_the_folder_is_where_the_hub_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_FOLDER", "/elsewhere")
    assert read_settings(tmp_path).folder == tmp_path


def test_module_paths_are_a_list_in_hub_toml_and_a_path_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hub.toml").write_text('[hub]\nmodule_paths = ["modules", "/srv/modules"]\n')
    assert read_settings(tmp_path).module_folders == (tmp_path / "modules", Path("/srv/modules"))
    monkeypatch.setenv("HUB_MODULE_PATHS", os.pathsep.join(["one", "", "/two"]))
    assert read_settings(tmp_path).module_folders == (tmp_path / "one", Path("/two"))


def test_module_paths_that_are_no_texts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[hub]\nmodule_paths = [1]\n")
    with pytest.raises(SettingsInvalid, match="module_paths"):
        read_settings(tmp_path)
