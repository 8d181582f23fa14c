"""What an upgrade would mean for every module, from a wheelhouse of real wheels, for uv and for pip alike.

The environment is the one the tests run in, made by hand: with modules of the test, and those of this repository.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hub_core.database import connect, parse_url
from hub_core.operations.previews.preflight import Preflight, preflight
from hub_core.operations.up import up
from hub_core.planning import Failure, Foreseen, ModuleState
from hub_core.registry import record, recorded, store_failures
from hub_core.resolution import Reason
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.packages.small_wheels import wheel
from hub_core.tests.sample_modules import SampleModules

OURS = {"billing", "billing_reminders", "notes", "payments"}


@dataclass
class Shop:
    """What is installed, what the source has, and the answers."""

    folder: Path
    samples: SampleModules
    tool: str

    @property
    def settings(self) -> HubSettings:
        return read_settings(
            self.folder,
            wheelhouse=self.folder / "wheelhouse",
            installer=self.tool,
            database_url=f"sqlite:///{self.folder / 'hub.db'}",
        )

    def has(self, name: str, *requires: str, version: str = "1.0", manifest: str = "") -> None:
        """Install a module."""
        self.samples.install(name, requires=requires, version="1.0", manifest=manifest)
        if version != "1.0":
            self.samples.install(name, requires=requires, version=version, manifest=manifest)

    def lies_there(self, distribution: str, version: str, *requires: str, python: str = "") -> None:
        """Put a wheel into the source."""
        wheel(self.folder / "wheelhouse", distribution.replace("-", "_"), version, requires=requires, python=python)

    def library(self, name: str, version: str, *requires: str) -> None:
        """Install a library, and put it into the source."""
        info = self.samples.site / f"{name}-{version}.dist-info"
        info.mkdir()
        lines = "".join(f"Requires-Dist: {each}\n" for each in requires)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{lines}")
        (info / "RECORD").write_text("")
        self.lies_there(name, version, *requires)

    def look(self, *texts: str) -> Preflight:
        return preflight(self.settings, texts, on_progress=lambda progress: None)

    def said(self, *texts: str) -> dict[str, str]:
        """Verdict and version of each module of the test."""
        return said(self.look(*texts))


def said(found: Preflight) -> dict[str, str]:
    lines = {line.module.name: line for line in found.modules}
    assert lines.keys() >= OURS
    return {name: text(line) for name, line in lines.items() if name not in OURS}


def text(line: Foreseen) -> str:
    return f"{line.verdict} {line.after}" if line.after else line.verdict


def reasons(found: Preflight, name: str) -> str:
    (line,) = (line for line in found.modules if line.module.name == name)
    return "; ".join(f"{reason.text} [{reason.code}]" for reason in line.reasons)


@pytest.fixture(params=["uv", "pip"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, samples: SampleModules, package_caches: None) -> Shop:
    (tmp_path / "wheelhouse").mkdir()
    return Shop(tmp_path, samples, request.param)


@pytest.fixture
def uv_shop(tmp_path: Path, samples: SampleModules, package_caches: None) -> Shop:
    """Where the installer makes no difference; uv is quicker."""
    (tmp_path / "wheelhouse").mkdir()
    return Shop(tmp_path, samples, "uv")


@pytest.fixture
def package_caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("uv-cache")))
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path_factory.mktemp("pip-cache")))


def test_each_module_is_told_what_the_upgrade_of_another_means_for_it(shop: Shop) -> None:
    shop.has("stock")
    shop.has("shelf", "sample-stock>=1,<3")
    shop.has("rack", "sample-stock>=1,<2")
    shop.has("crate", "sample-stock<2")
    shop.has("lonely")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", "sample-stock>=1,<2")
    shop.lies_there("sample-rack", "1.2", "hub-hookspecs>=1", "sample-stock>=2,<3")
    shop.lies_there("sample-rack", "1.3", "hub-hookspecs>=1", "sample-stock>=3")
    shop.lies_there("sample-crate", "1.1", "hub-hookspecs>=1", "sample-stock<2")
    found = shop.look("stock==2.0")
    assert said(found) == {
        "stock": "ok 2.0",
        "shelf": "ok 1.0",
        "rack": "needs version 1.2",
        "crate": "blocked",
        "lonely": "ok 1.0",
    }
    assert found.is_no
    assert reasons(found, "rack") == (
        "needs sample-stock>=1,<2 (Requires-Dist of sample-rack 1.0), but 2.0 would come [version_mismatch]"
    )
    assert reasons(found, "crate") == (
        "needs sample-stock<2 (Requires-Dist of sample-crate 1.0), but 2.0 would come [version_mismatch]; "
        f"has no release in the wheelhouse {shop.folder / 'wheelhouse'} that accepts it [no_release_fits]"
    )
    (crate,) = (line for line in found.modules if line.module.name == "crate")
    assert crate.blocked_by == ("sample-stock<2 of sample-crate",)
    assert not (shop.folder / ".hub").exists()


def test_who_is_asked_for_too_moves_and_nothing_stands_against_it(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock>=1,<2")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.2", "hub-hookspecs>=1", "sample-stock>=2,<3")
    found = shop.look("stock==2.0", "rack==1.2")
    assert said(found) == {"stock": "ok 2.0", "rack": "ok 1.2"}
    assert not found.is_no
    assert [(each.name, each.before, each.after) for each in found.changes] == [
        ("sample-rack", "1.0", "1.2"),
        ("sample-stock", "1.0", "2.0"),
    ]


def test_what_the_new_release_needs_moves_with_it(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack")
    shop.library("paint", "1.0")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1", "sample-rack>=1.1", "paint>=2")
    shop.lies_there("sample-rack", "1.2", "hub-hookspecs>=1")
    shop.lies_there("paint", "2.0")
    found = shop.look("stock==2.0")
    assert said(found) == {"stock": "ok 2.0", "rack": "ok 1.2"}
    assert not found.is_no
    assert ("paint", "1.0", "2.0") in [(each.name, each.before, each.after) for each in found.changes]


def test_a_new_core_is_held_against_every_module_by_the_contract_it_speaks(shop: Shop) -> None:
    shop.has("stock", "hub-hookspecs>=1,<2")
    shop.has("rack", "hub-hookspecs>=1,<2", "sample-stock>=1")
    shop.has("crate", "hub-hookspecs>=1,<3")
    shop.has("box", "hub-hookspecs>=1,<2")
    shop.lies_there("hub-core", "9.0", "hub-hookspecs>=2.1,<2.2")
    shop.lies_there("hub-hookspecs", "2.1.4")
    shop.lies_there("sample-stock", "1.5", "hub-hookspecs>=2,<3")
    found = shop.look("hub-core==9.0")
    assert said(found) == {
        "stock": "needs version 1.5",
        "rack": "blocked",
        "crate": "ok 1.0",
        "box": "blocked",
    }
    assert "hub-hookspecs>=1,<2 (Requires-Dist of sample-box 1.0); the hub would speak 2.1 [contract_mismatch]" in (
        reasons(found, "box").replace("needs hook contract ", "hub-hookspecs")
    )
    ours = {line.module.name: text(line) for line in found.modules if line.module.name in OURS}
    assert ours == dict.fromkeys(OURS, "blocked")
    assert {(each.name, each.after) for each in found.changes} == {
        ("hub-core", "9.0"),
        ("hub-hookspecs", "2.1.4"),
        ("sample-stock", "1.5"),
    }


def test_a_library_in_between_counts(shop: Shop) -> None:
    shop.library("paint", "1.0")
    shop.library("brush", "1.0", "paint<2")
    shop.has("stock")
    shop.has("rack", "brush")
    shop.has("crate", "brush")
    shop.lies_there("paint", "2.0")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1", "paint>=2")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", "paint")
    found = shop.look("stock==2.0")
    assert said(found) == {"stock": "ok 2.0", "rack": "needs version 1.1", "crate": "blocked"}
    assert "needs paint<2 (Requires-Dist of brush 1.0, which it needs), but 2.0 would come" in reasons(found, "crate")
    (crate,) = (line for line in found.modules if line.module.name == "crate")
    assert crate.blocked_by == ("paint<2 of brush",)


def test_a_release_for_another_python_is_none(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-stock", "3.0", "hub-hookspecs>=1", python=">=4")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", python=">=4")
    assert shop.said("stock==2.0") == {"stock": "ok 2.0", "rack": "blocked"}
    found = shop.look("stock==3.0")
    assert said(found) == {"stock": "blocked", "rack": "ok 1.0"}
    assert "Python" in reasons(found, "stock")
    assert ">=4" in reasons(found, "stock")
    assert found.is_no
    assert not found.changes


def test_what_only_lies_behind_another_module_stays_when_that_one_finds_a_release(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.has("label", "sample-rack>=1")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", "sample-stock>=2")
    shop.lies_there("sample-label", "1.9", "hub-hookspecs>=1", "sample-rack>=1")
    assert shop.said("stock==2.0") == {"stock": "ok 2.0", "rack": "needs version 1.1", "label": "ok 1.0"}


def test_what_lies_behind_one_that_is_blocked_is_blocked_by_the_same(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.has("label", "sample-rack>=1")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-label", "1.9", "hub-hookspecs>=1", "sample-rack>=1")
    found = shop.look("stock==2.0")
    assert said(found) == {"stock": "ok 2.0", "rack": "blocked", "label": "blocked"}
    assert reasons(found, "label").startswith("needs rack, which is blocked: rack needs sample-stock<2")


def test_a_module_that_must_move_for_another_one_is_asked_for_as_well(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.has("label", "sample-rack<1.1")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", "sample-stock>=2")
    shop.lies_there("sample-label", "1.9", "hub-hookspecs>=1", "sample-rack>=1")
    assert shop.said("stock==2.0") == {"stock": "ok 2.0", "rack": "needs version 1.1", "label": "needs version 1.9"}


def test_an_older_release_is_no_way_out(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2", version="1.5")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1")
    assert shop.said("stock==2.0") == {"stock": "ok 2.0", "rack": "blocked"}


def test_without_a_version_the_newest_is_chosen_that_nobody_refuses_and_a_newer_one_is_named(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.lies_there("sample-stock", "1.5", "hub-hookspecs>=1")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    found = shop.look("stock")
    assert said(found) == {"stock": "ok 1.5", "rack": "ok 1.0"}
    assert not found.is_no
    (target,) = found.targets
    assert (target.before, target.after, target.held_back) == ("1.0", "1.5", "2.0")
    assert target.reasons[0].text == (
        "sample-rack: needs sample-stock<2 (Requires-Dist of sample-rack 1.0), but 2.0 would come"
    )


def test_of_a_range_that_everybody_refuses_the_newest_is_judged(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-stock", "2.1", "hub-hookspecs>=1")
    found = shop.look("stock>=2")
    assert said(found) == {"stock": "ok 2.1", "rack": "blocked"}


def test_a_soft_requirement_counts_where_the_other_module_is(shop: Shop) -> None:
    shop.has("stock")
    shop.has("rack", 'sample-stock<2; extra == "stock"')
    shop.has("crate", 'sample-stock<2; extra == "stock"', 'nobody-has-this; extra == "stock"')
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", 'sample-stock<3; extra == "stock"')
    found = shop.look("stock==2.0")
    assert said(found) == {"stock": "ok 2.0", "rack": "needs version 1.1", "crate": "blocked"}
    assert "under its extra stock" in reasons(found, "crate")


def test_no_module_is_left_out_whatever_its_state(uv_shop: Shop) -> None:
    shop = uv_shop
    for name in ("stock", "off", "gone", "ill"):
        shop.has(name)
    shop.has("new")
    shop.has("stuck", "nobody-has-this")
    shop.has("broken")
    metadata = shop.samples.site / "sample_broken-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("hub-hookspecs>=1", "this is =! no requirement"))
    runs = ModuleState.ENABLED
    _record(shop, {"stock": runs, "off": ModuleState.DISABLED, "gone": runs, "ill": runs})
    for left in shop.samples.site.glob("sample_gone*"):
        left.rename(shop.folder / left.name)
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    found = shop.look("stock==2.0")
    assert said(found) == {
        "stock": "ok 2.0",
        "off": "ok 1.0",
        "gone": "orphaned",
        "ill": "ok 1.0",
        "new": "ok 1.0",
        "stuck": "blocked already 1.0",
        "broken": "unreadable",
    }
    states = {line.module.name: line.module.state for line in found.modules}
    assert next(line.module.conditions for line in found.modules if line.module.name == "ill") == ("failed",)
    assert states["off"] == "disabled"
    assert states["new"] == "available"
    assert not found.is_no
    assert "sample-gone is recorded, but not installed" in reasons(found, "gone")


def test_a_module_of_that_the_source_has_nothing_says_so(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    found = shop.look("stock==2.0")
    assert f"has no release in the wheelhouse {shop.folder / 'wheelhouse'} [not_in_source]" in reasons(found, "rack")


def test_a_target_that_cannot_be_had_blocks_its_module_and_moves_nothing(shop: Shop) -> None:
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.lies_there("sample-stock", "1.1", "hub-hookspecs>=7")
    for text, told in (("stock==1.1", "hub-hookspecs>=7"), ("stock>=8", "is not to be had from the wheelhouse")):
        found = shop.look(text)
        assert said(found) == {"stock": "blocked", "rack": "ok 1.0"}
        assert told in reasons(found, "stock")
        assert found.is_no
        assert not found.changes


def test_a_wheel_file_is_judged_as_its_release(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.library("paint", "1.0")
    file = wheel(shop.folder / "elsewhere", "sample_stock", "2.0", requires=("hub-hookspecs>=1", "paint"))
    assert shop.said(str(file)) == {"stock": "ok 2.0", "rack": "blocked"}


def test_all_move_when_none_is_named(uv_shop: Shop) -> None:
    shop = uv_shop
    shop.has("stock")
    shop.has("rack", "sample-stock<2")
    shop.has("lonely")
    shop.lies_there("sample-stock", "1.5", "hub-hookspecs>=1")
    shop.lies_there("sample-stock", "2.0", "hub-hookspecs>=1")
    shop.lies_there("sample-rack", "1.1", "hub-hookspecs>=1", "sample-stock<2")
    found = shop.look()
    assert said(found) == {"stock": "ok 1.5", "rack": "ok 1.1", "lonely": "ok 1.0"}
    assert not found.is_no


def _record(shop: Shop, states: Mapping[str, ModuleState]) -> None:
    """Bring the modules up, and record other states of them."""
    (shop.folder / "hub.toml").write_text("".join(f"[modules.{name}]\n" for name in states))
    up(shop.settings, agree=lambda plan: None, on_revision=lambda run: None)
    with connect(parse_url(shop.settings.effective_database_url)) as connection:
        for name, row in recorded(connection).items():
            record(connection, replace(row, state=states.get(name, row.state)))
        reason = Reason(code="failed", text="raised ZeroDivisionError", remedy="")
        store_failures(connection, {"ill": Failure(condition="failed", reason=reason)})
        connection.commit()
