"""Modules are enabled and disabled as one operation: planned, journaled, verified, committed; or undone, and nothing is left of it."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub_core.catalog import Reason
from hub_core.database import LeaderBusy, leader_lock, parse_url
from hub_core.operations import changing, document_edit
from hub_core.operations.backups.reading import read_backup
from hub_core.operations.change import Change, ChangeRefused, ChangeUndone, EnvironmentOutdated, Telling
from hub_core.operations.changing import change
from hub_core.operations.choosing import CoreModuleStays, ModuleCannotRun, ModuleStillRequired
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.document_file import ConfigNotWritable
from hub_core.operations.environment import situation
from hub_core.planning import Failure, ModuleUnknown
from hub_core.registry import (
    audited,
    generation,
    last_document,
    operations,
    recorded,
    steps_of,
)
from hub_core.runtime import verified
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.operations.house import COLUMN, HUB_TOML, House, first, revision

HEALTH = """
    from hub_hookspecs import Health, HealthStatus, hookimpl

    @hookimpl
    async def hub_health(context):
        return Health(status=HealthStatus.{status}, detail="the printer is out of paper")
"""
START = """
    import os
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        {body}
        yield
"""
HOOK = """
    from hub_hookspecs import hookimpl

    @hookimpl
    def hub_after_install(context):
        raise LookupError("no price list at https://us:s3cret@host/p;\\n sorry")
"""
ADDED = "\n[modules.ledger]\nenabled = true\n\n[modules.report]\nenabled = true\n"


def test_a_module_is_enabled_with_all_it_requires_and_hub_toml_says_so(house: House) -> None:
    house.samples.install("ledger", first("ledger"))
    house.samples.install("report", first("report"), requires=("sample-ledger",))
    before = house.read(generation).number
    done = house.change("enable", "report")
    assert [step.text for step in done.plan.steps] == [
        "migrate ledger from nothing to ledger_1",
        "install ledger 1.0",
        "enable ledger",
        "migrate report from nothing to report_1",
        "install report 1.0",
        "enable report",
    ]
    assert house.states() == dict.fromkeys(("ledger", "report", "shop"), "enabled")
    assert house.run("SELECT count(*) FROM report_item") == [(0,)]
    assert house.document == HUB_TOML + ADDED
    assert house.read(last_document) == house.document
    assert house.read(generation).number == before + 1
    row = house.last()
    assert (row.kind, row.outcome, row.number, row.reason) == ("enable", "done", done.operation, None)
    assert f"pid {os.getpid()}" in row.actor
    assert [(step.kind, step.module, step.before) for step in house.read(steps_of, row.id)] == [
        (kind, name, None) for name in ("ledger", "report") for kind in ("migrate", "install", "enable")
    ]
    house.up()  # nothing of it is drift
    assert house.last().number == row.number


def test_modules_can_be_changed_in_safe_mode_too(house: House) -> None:
    """It is a hub that dies which needs another release of a module; what serves stays in safe mode."""
    house.samples.install("ledger", first("ledger"))
    house.settings = read_settings(house.settings.folder, safe_mode=True)
    assert house.change("enable", "ledger").operation
    assert house.run("SELECT count(*) FROM ledger_item") == [(0,)]
    house.up()
    now = house.read(partial(situation, settings=house.settings, applies_document=False))
    held = Descriptions(house.settings).known(now).held
    assert {name: failure.condition for name, failure in held.items()} == dict.fromkeys(("ledger", "shop"), "safe mode")


def test_what_is_done_already_is_no_operation(house: House) -> None:
    before = house.last().number
    assert house.change("enable", "shop").operation is None
    assert house.plans == []
    assert house.last().number == before


def test_a_disabled_module_keeps_its_rows_and_comes_back_with_them(house: House) -> None:
    done = house.change("disable", "shop")
    assert [step.text for step in done.plan.steps] == ["disable shop"]
    assert house.document == HUB_TOML.replace("enabled = true # sells", "enabled = false # sells")
    house.up()
    assert house.states() == {"shop": "disabled"}
    assert house.run("SELECT name FROM shop_item") == [("apple",)]
    house.change("enable", "shop")
    assert (house.states(), house.document) == ({"shop": "enabled"}, HUB_TOML)
    assert house.run("SELECT name FROM shop_item") == [("apple",)]


def test_what_others_require_is_disabled_with_them_or_not_at_all(house: House, tmp_path: Path) -> None:
    house.samples.install("till", {}, requires=("sample-shop",))
    house.samples.install("queue", {}, requires=("sample-till",))
    house.change("enable", "queue")
    before = house.all(tmp_path)
    with pytest.raises(ModuleStillRequired) as refused:
        house.change("disable", "shop")
    assert str(refused.value) == (
        "shop cannot be disabled alone\n"
        "cause: queue, till require it\n"
        "remedy: Disable queue, till first, or all of them in this order: hub disable shop --cascade"
    )
    assert house.all(tmp_path) == before
    done = house.change("disable", "shop", cascade=True)
    assert [step.module for step in done.plan.steps] == ["queue", "till", "shop"]
    assert set(house.states().values()) == {"disabled"}


def test_glue_appears_and_leaves_with_what_it_joins(house: House) -> None:
    house.samples.install("ledger", {})
    house.samples.install("joint", {}, manifest="auto_install = true", requires=("sample-shop", "sample-ledger"))
    assert "enable joint" in [step.text for step in house.change("enable", "ledger").plan.steps]
    assert house.states()["joint"] == "enabled"
    steps = house.change("disable", "ledger").plan.steps
    assert [step.text for step in steps] == ["disable joint", "disable ledger"]
    assert steps[0].impact[0] == "joined ledger and shop as glue, and ledger will not run"
    assert house.states() == {"shop": "enabled", "ledger": "disabled", "joint": "disabled"}
    assert "joint" not in house.document


def test_a_module_of_tier_core_stays(house: House) -> None:
    house.samples.install("base", {}, manifest='tier = "core"')
    house.change("enable", "base")
    with pytest.raises(CoreModuleStays) as refused:
        house.change("disable", "base")
    assert str(refused.value) == (
        "base cannot be disabled\n"
        "cause: it is of tier core, and the hub does not run without such modules\n"
        "remedy: Leave it as it is; hub disable takes modules of tier optional"
    )


def test_what_cannot_run_is_refused_before_anything_is_changed(house: House, tmp_path: Path) -> None:
    house.samples.install("lacking", {}, requires=("sample-nobody",))
    house.samples.install("broken", {"__init__.py": "raise ZeroDivisionError('at import')"})
    before, document = house.all(tmp_path), house.document
    with pytest.raises(ModuleUnknown, match="is installed or recorded"):
        house.change("enable", "shopp")
    with pytest.raises(ModuleCannotRun) as blocked:
        house.change("enable", "lacking")
    assert str(blocked.value) == (
        "lacking cannot run; nothing was changed\n"
        "cause: needs sample-nobody (Requires-Dist of sample-lacking 1.0), which is not installed\n"
        "remedy: pip install 'sample-nobody'"
    )
    with pytest.raises(ChangeRefused) as refused:
        house.change("enable", "broken")
    assert str(refused.value).startswith(
        "enable was not begun; nothing was changed\ncause: broken: import (ZeroDivisionError): at import\n"
    )
    assert (house.all(tmp_path), house.document) == (before, document)
    assert house.last().kind == "up"
    assert house.plans == []


FAILS = {
    "it is not well": (
        HEALTH.format(status="UNHEALTHY"),
        "says that it cannot do its work: the printer is out of paper",
    ),
    "its start raises": (START.format(body="raise LookupError('nothing there')"), "start (LookupError): nothing there"),
    "it ends the process": (START.format(body="os._exit(3)"), "it ended the process: exit code 3"),
    "its health raises": (
        HEALTH.format(status="HEALTHY").replace("return", "raise RuntimeError('no paper') or"),
        "says that it cannot do its work: health check failed: RuntimeError: no paper",
    ),
    "its hook raises": (
        HOOK,
        "after install (LookupError): no price list at https://us:***@host/p; sorry",
    ),
    "it is killed": (START.format(body="os.kill(os.getpid(), 9)"), "it ended the process: killed by signal 9"),
}


@pytest.mark.parametrize("fault", FAILS)
def test_a_new_module_that_does_not_run_leaves_nothing_behind(fault: str, house: House, tmp_path: Path) -> None:
    code, told = FAILS[fault]
    house.samples.install("ledger", first("ledger"))
    house.samples.install("till", {**first("till"), "__init__.py": code}, requires=("sample-ledger",))
    before, document = house.all(tmp_path), house.document
    with pytest.raises(ChangeUndone) as undone:
        house.change("enable", "till")
    assert str(undone.value).startswith(
        f"enable failed and was undone: every module is as it was before\ncause: till: {told}"
    )
    assert (house.all(tmp_path), house.document) == (before, document)
    row = house.last()
    assert (row.outcome, row.finished_at is not None) == ("undone", True)
    assert row.reason is not None
    assert row.reason.startswith(f"till: {told}")
    assert {step.outcome for step in house.read(steps_of, row.id)} == {"undone"}
    house.up()
    assert house.all(tmp_path) == before
    assert house.stages == (["undo"] if fault == "its hook raises" else ["verify", "undo"])


def test_a_migration_that_raises_is_told_with_its_revision_and_error_everywhere(house: House) -> None:
    """Also where several lines, or very long ones, were raised; ``hub up`` does what else there is, and journals it too."""
    told = "shop: migration to shop_2 (RuntimeError): boom in migration " + "x" * 381 + "…"
    body = "raise RuntimeError('boom in\\nmigration ' + 'x' * 9000)"
    house.samples.install("shop", {**first("shop"), **revision("shop", 2, body)}, version="1.1")
    with pytest.raises(ChangeUndone) as undone:
        house.change("enable", "shop")
    house.up()
    assert undone.value.cause == told
    assert [(row.outcome, row.reason) for row in house.read(operations)[-2:]] == [("undone", told), ("partly", told)]
    assert [row.reason for row in house.read(audited) if row.reason] == [told, told]


def test_a_change_that_ends_amid_is_journaled_in_one_line(house: House) -> None:
    def ends(*_: object) -> Mapping[str, Failure]:
        raise EnvironmentOutdated("env-1", "env-2")

    house.samples.install("ledger", first("ledger"))
    telling = Telling(agree=house.plans.append, on_revision=lambda run: None)
    with pytest.raises(EnvironmentOutdated):
        change(house.settings, Change(kind="enable", names=("ledger",)), telling=telling, verify=ends)
    assert house.last().reason == (
        "environment env-1 was built from one that runs no longer; nothing was changed; "
        "cause: another operation switched to env-2 meanwhile"
    )


def test_an_upgrade_that_does_not_run_gives_the_old_rows_back(house: House, tmp_path: Path) -> None:
    """Although its revision has changed them, and has no way back."""
    spoils = "(op.execute(\"UPDATE shop_item SET name = 'spoilt'\"), " + COLUMN + ")"
    before, document = house.all(tmp_path), house.document
    release = {**first("shop"), **revision("shop", 2, spoils)}
    house.samples.install("shop", {**release, "__init__.py": HEALTH.format(status="UNHEALTHY")}, version="1.1")
    with pytest.raises(ChangeUndone, match="out of paper"):
        house.change("enable", "shop")
    assert house.all(tmp_path) == before
    assert [backup.rows for backup in house.backups] == [1]
    house.samples.install("shop", {**release, "__init__.py": HEALTH.format(status="DEGRADED")}, version="1.2")
    house.change("enable", "shop")
    assert house.run("SELECT name, price FROM shop_item") == [("spoilt", 7)]
    assert house.read(recorded)["shop"].version == "1.2"
    assert house.document == document


def test_rows_that_others_write_until_it_is_undone_are_kept_in_a_backup(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A hub that serves goes on writing; what the undoing removes is found again."""

    def unwell(*_: object) -> Mapping[str, Failure]:
        house.run("INSERT INTO shop_item (id, name) VALUES (2, 'meanwhile')")
        return {"shop": Failure(condition="failed", reason=Reason(code="unhealthy", text="unwell", remedy="wait"))}

    house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1")
    telling = Telling(agree=house.plans.append, on_revision=lambda run: None)
    with pytest.raises(ChangeUndone):
        change(house.settings, Change(kind="enable", names=("shop",)), telling=telling, verify=unwell)
    assert house.run("SELECT * FROM shop_item") == [(1, "apple")]
    (told,) = [record.args for record in caplog.records if "are kept in" in record.getMessage()]
    assert isinstance(told, tuple)
    kept = read_backup(Path(str(told[-1]))).modules["shop"]
    assert (kept.rows, kept.revision) == (2, "shop_2")


def test_what_other_modules_have_pending_is_none_of_it(house: House) -> None:
    house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1")
    house.samples.install("ledger", first("ledger"))
    done = house.change("enable", "ledger")
    assert {step.module for step in done.plan.steps} == {"ledger"}
    assert house.read(recorded)["shop"].revision == "shop_1"
    assert house.run("SELECT * FROM shop_item") == [(1, "apple")]


class _Killed(BaseException):
    """Stands for the end of the process: nothing behind it is done."""


@pytest.mark.parametrize("moment", ["_undo", "_commit_or_undo"])
def test_what_was_cut_off_before_its_commit_is_undone_by_whoever_comes_next(
    moment: str, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1")
    house.samples.install("ledger", first("ledger"))
    before, document = house.all(tmp_path), house.document
    with monkeypatch.context() as patched:
        _cut_off(patched, "_commit_or_undo")
        patched.setattr(changing._Changing, "_undo", lambda *_: None)
        with pytest.raises(_Killed):
            house.change("enable", "shop", "ledger")
    assert house.run("SELECT price FROM shop_item") == [(7,)]
    assert house.last().outcome is None
    if moment == "_undo":  # the release that was wanted is gone from disk too
        house.samples.install("shop", {**first("shop"), **revision("shop", 2, COLUMN)}, version="1.1.1")
    with pytest.raises(ModuleUnknown):
        house.change("enable", "nobody")
    assert house.all(tmp_path) == before
    assert house.document == document
    assert (house.last().outcome, house.last().reason) == ("undone", "its process ended before it was done")


def test_what_was_cut_off_behind_its_commit_is_finished(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(changing, "finish", _kill)
        with pytest.raises(_Killed):
            house.change("disable", "shop")
    assert house.last().outcome == "committed"
    assert house.document == HUB_TOML
    house.up()
    assert house.states() == {"shop": "disabled"}
    assert house.document == HUB_TOML.replace("enabled = true # sells", "enabled = false # sells")
    assert house.read(operations)[-1].outcome == "done"


def test_a_hub_toml_that_cannot_be_written_behind_the_commit_keeps_nobody_from_going_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(document_edit, "write_document", _full)
        house.change("disable", "shop")
    assert (house.last().outcome, house.document) == ("done", HUB_TOML)
    house.up()
    assert house.states() == {"shop": "disabled"}


def _full(settings: HubSettings, text: str) -> None:
    raise ConfigNotWritable(settings, OSError(28, "No space left on device"))


def test_a_hub_toml_that_somebody_breaks_meanwhile_keeps_nobody_from_the_end(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.samples.install("ledger", first("ledger"))

    def broken(*_: object) -> Mapping[str, Failure]:
        house.settings.config_file.write_text("[modules.shop\n")
        return {}

    telling = Telling(agree=house.plans.append, on_revision=lambda run: None)
    change(house.settings, Change(kind="enable", names=("ledger",)), telling=telling, verify=broken)
    assert house.last().outcome == "done"
    assert house.states()["ledger"] == "enabled"
    assert house.document == "[modules.shop\n"
    assert "hub.toml does not say what was changed, the database does" in caplog.text


def test_an_environment_that_was_built_from_another_than_the_current_one_is_refused(house: House) -> None:
    wanted = Change(kind="upgrade", environment="2", built_from="1")
    telling = Telling(agree=house.plans.append, on_revision=lambda run: None)
    with pytest.raises(EnvironmentOutdated) as refused:
        change(house.settings, wanted, telling=telling, verify=partial(verified, house.settings))
    assert str(refused.value) == (
        "environment 2 was built from one that runs no longer; nothing was changed\n"
        "cause: another operation switched to none meanwhile\n"
        "remedy: Run the command again"
    )


def _kill(*_: Any) -> None:
    raise _Killed


def _cut_off(patched: pytest.MonkeyPatch, moment: str) -> None:
    patched.setattr(changing._Changing, moment, _kill)


def test_an_interrupted_up_is_said_to_be_so(house: House) -> None:
    house.run("UPDATE hub_operation SET outcome = NULL")
    house.up()
    assert [row.outcome for row in house.read(operations)] == ["interrupted"]


def test_where_hub_toml_cannot_be_written_the_database_has_it_and_wins(house: House) -> None:
    house.settings.config_file.unlink()
    done = house.change("disable", "shop")
    assert not done.edited_document
    assert not house.settings.config_file.exists()
    house.up()
    assert house.states() == {"shop": "disabled"}


def test_a_hub_toml_that_was_edited_and_not_applied_stays_pending(house: House) -> None:
    house.samples.install("ledger", first("ledger"))
    house.settings.config_file.write_text(HUB_TOML + "[modules.ledger]\n")
    house.change("disable", "shop")
    assert house.states() == {"shop": "disabled"}
    assert house.document.count("[modules.ledger]") == 1
    house.up()
    assert house.states() == {"shop": "disabled", "ledger": "enabled"}


def test_one_operation_at_a_time_and_the_loser_is_told_for_whom_it_waited(house: House) -> None:
    url = parse_url(house.settings.effective_database_url)
    house.settings = house.settings.model_copy(update={"lock_seconds": 0.1})
    with leader_lock(url, wait_seconds=0), pytest.raises(LeaderBusy, match=f"pid {os.getpid()} on "):
        house.change("disable", "shop")
    assert house.states() == {"shop": "enabled"}
