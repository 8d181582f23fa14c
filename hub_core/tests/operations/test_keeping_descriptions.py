"""What was described before the process was killed is not described again, and what failed is, where that may help."""

from pathlib import Path

import pytest

from hub_core.loading import Probed
from hub_core.operations.describing import descriptions
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.up import up
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_modules import SampleModules

NAMES = ("five", "four", "one", "three", "two")


def test_who_is_interrupted_has_not_begun_for_nothing(
    samples: SampleModules, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptions, "KEPT_TOGETHER", 2)
    for name in NAMES:
        samples.install(name)
    (tmp_path / "hub.toml").write_text("[hub]\n" + "".join(f"[modules.{name}]\n" for name in NAMES))
    settings = read_settings(tmp_path, database_url=database_url, log_requests=False)

    assert probed_until(3, settings) == ["five", "four", "one", "interrupted"]
    assert probed_until(100, settings) == ["one", "three", "two"]
    assert probed_until(100, settings) == []


def test_what_failed_is_probed_again_where_other_variables_are_set(
    samples: SampleModules, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.install("keyed", {"__init__.py": "import os\nos.environ['SHOP_KEY']"})
    samples.install("broken", {"__init__.py": "1 / 0"})
    (tmp_path / "hub.toml").write_text("[hub]\n[modules.keyed]\n[modules.broken]\n")
    settings = read_settings(tmp_path, database_url=database_url, log_requests=False)
    assert probed_until(100, settings) == ["broken", "keyed"]
    assert probed_until(100, settings) == []
    monkeypatch.setenv("OLDPWD", "/elsewhere")
    assert probed_until(100, settings) == [], "that is another one in each shell"
    monkeypatch.setenv("SHOP_KEY", "set now")
    assert probed_until(100, settings) == ["broken", "keyed"]
    monkeypatch.delenv("SHOP_KEY")
    assert probed_until(100, settings) == ["broken"], "what is well is described once"


def probed_until(last: int, settings: HubSettings) -> list[str]:
    """Bring the hub up, and interrupt it after so many probes: the modules that were probed."""
    seen: list[str] = []

    def on_probed(probed: Probed, total: int) -> None:
        seen.append(probed.module)
        if len(seen) == last:
            raise KeyboardInterrupt

    try:
        up(
            settings,
            agree=lambda plan: None,
            on_revision=lambda run: None,
            descriptions=Descriptions(settings, on_probed=on_probed),
        )
    except KeyboardInterrupt:
        return [*seen, "interrupted"]
    return seen
