"""Lifecycle hooks are called when their change is made, in its transaction, and at no other time."""

import sys
import threading
import time
from functools import partial

import psycopg
import pytest

from hub_core.operations.migrate import migrate
from hub_core.tests.operations.changing import FIRST, HOOKS, SECOND, THIRD, Changing, failure
from hub_core.tests.operations.shop import ON_POSTGRESQL


def test_each_hook_is_called_when_its_change_is_made_and_sees_what_it_must(changing: Changing) -> None:
    changing.install("1.0", FIRST)
    changing.seed({"id": 8})
    assert changing.up().errors == ()
    assert changing.told() == [
        "shop before_install 1.0 None red - 0 None",
        "shop after_install 1.0 None red id 2 None",
        "shop enabled 1.0 None red id 2 None",
    ]
    assert changing.up().errors == ()
    assert changing.told() == [], "nothing changed"

    changing.install("1.1", FIRST, SECOND)
    assert changing.up().errors == ()
    assert changing.told() == [
        "shop before_upgrade 1.1 1.0 red id 2 enabled",
        "shop after_upgrade 1.1 1.0 red id+price 2 enabled",
    ]
    assert changing.up(disabled=("shop",)).errors == ()
    assert changing.told() == ["shop disabled 1.1 1.1 red id+price 2 enabled"]
    assert changing.up(disabled=("shop",)).errors == ()
    assert changing.told() == []

    changing.install("1.2", FIRST, SECOND)
    assert changing.up().errors == ()
    assert changing.told() == [
        "shop before_upgrade 1.2 1.1 red id+price 2 disabled",
        "shop after_upgrade 1.2 1.1 red id+price 2 disabled",
        "shop enabled 1.2 1.1 red id+price 2 disabled",
    ], "an upgrade without revisions is one"
    assert changing.state() == ("enabled", "1.2", "shop_2")

    changing.install("1.1", FIRST, SECOND)
    assert changing.up().errors == ()
    changing.install("1.1", FIRST, SECOND, THIRD)
    assert changing.up().errors == ()
    assert changing.told() == [], "neither an older version is an upgrade, nor a revision without a new version"


def test_a_module_without_migrations_has_the_same_hooks(changing: Changing) -> None:
    changing.install("1.0")
    assert changing.up().errors == ()
    changing.install("1.1")
    assert changing.up().errors == ()
    assert changing.up(disabled=("shop",)).errors == ()
    assert changing.up().errors == ()
    assert [line.split()[1:4] for line in changing.told()] == [
        ["before_install", "1.0", "None"],
        ["after_install", "1.0", "None"],
        ["enabled", "1.0", "None"],
        ["before_upgrade", "1.1", "1.0"],
        ["after_upgrade", "1.1", "1.0"],
        ["disabled", "1.1", "1.1"],
        ["enabled", "1.1", "1.1"],
    ]
    assert changing.state() == ("enabled", "1.1", None)


def test_requirements_come_first_and_leave_last(changing: Changing) -> None:
    changing.install("1.0", FIRST, name="till", requires=("sample-shop",), hooks=("enabled", "disabled"))
    changing.install("1.0", FIRST, hooks=("enabled", "disabled"))
    changing.up()
    changing.up(disabled=("shop", "till"))
    assert changing.called() == ["shop enabled", "till enabled", "till disabled", "shop disabled"]


@pytest.mark.parametrize("hook", HOOKS[1:])
def test_what_a_hook_writes_is_kept_with_the_change(changing: Changing, hook: str) -> None:
    hooks = {hook: "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'))"}
    changing.install("1.0", FIRST, hooks={} if hook.endswith("upgrade") else hooks)
    assert changing.up().errors == ()
    if hook.endswith("upgrade"):
        changing.install("1.1", FIRST, hooks=hooks)
        assert changing.up().errors == ()
    if hook == "disabled":
        assert changing.up(disabled=("shop",)).errors == ()
    assert changing.ask("SELECT id FROM shop_item ORDER BY id") == [(7,), (20,)]


def test_a_module_is_imported_only_for_a_hook_that_is_called(changing: Changing) -> None:
    changing.install("1.0", FIRST, hooks=("before_upgrade", "disabled"))
    changing.install("1.0", FIRST, name="till", hooks=())
    changing.up()
    assert not [name for name in sys.modules if name.startswith("sample_")]
    changing.install("1.1", FIRST, hooks=("before_upgrade", "disabled"))
    changing.up()
    assert {name for name in sys.modules if name.startswith("sample_")} == {"sample_shop", "sample_shop.config"}


def test_a_module_that_has_no_code_to_ask_is_disabled_all_the_same(
    changing: Changing, caplog: pytest.LogCaptureFixture
) -> None:
    changing.install("1.0", FIRST, hooks=("disabled",))
    changing.install("1.0", FIRST, name="gone", hooks=("disabled",))
    changing.install("1.0", FIRST, name="blocked", hooks=("disabled",))
    changing.up()
    changing.install("1.0", FIRST, hooks=("disabled",), more="raise RuntimeError('no more')")
    changing.install("1.0", FIRST, name="blocked", hooks=("disabled",), requires=("sample-missing",))
    changing.remove("gone")
    assert changing.up(disabled=("shop", "gone", "blocked")).errors == ()
    assert changing.called() == []
    for name in ("shop", "gone", "blocked"):
        assert (changing.state(name) or ())[0] == "disabled"
    assert "shop is disabled without being asked: it failed in the phase import" in caplog.text


def test_hooks_are_in_the_first_and_the_last_transaction_of_revisions_that_need_several(changing: Changing) -> None:
    changing.install("1.0", FIRST, SECOND, hooks=())
    changing.up()
    note = "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'))"
    hooks = {"before_upgrade": note, "after_upgrade": "raise RuntimeError('not yet')"}
    changing.install("1.1", FIRST, SECOND, THIRD, hooks=hooks, alone=(3,))
    raised = changing.up()
    assert failure(raised) == "after upgrade: RuntimeError: not yet"
    assert changing.ask("SELECT id FROM shop_item ORDER BY id") == [(7,), (20,)], "the first transaction was kept"
    assert (changing.state() or ())[1] == "1.0"
    changing.install("1.1", FIRST, SECOND, THIRD, hooks=("before_upgrade", "after_upgrade"), alone=(3,))
    assert changing.up().errors == ()
    assert changing.called() == ["shop before_upgrade", "shop after_upgrade"] * 2, "both are called again"
    assert changing.state() == ("enabled", "1.1", "shop_3")


@ON_POSTGRESQL
def test_a_transaction_that_is_tried_again_calls_its_hooks_again_and_keeps_one(changing: Changing) -> None:
    changing.install("1.0", FIRST, hooks=())
    changing.up()
    write = "context.connection.execute(text('UPDATE shop_item SET id = id + 1'))"
    changing.install("1.1", FIRST, hooks={"before_upgrade": write, "after_upgrade": write})
    with psycopg.connect(changing.database_url) as other:
        other.execute("UPDATE shop_item SET id = 7")

        def let_go() -> None:
            while not changing.told_file.exists():
                time.sleep(0.05)
            time.sleep(2.3)  # longer than one attempt waits
            other.rollback()

        threading.Thread(target=let_go).start()
        assert changing.up().errors == ()
    assert changing.called() == ["shop before_upgrade", "shop before_upgrade", "shop after_upgrade"]
    assert changing.ask("SELECT id FROM shop_item") == [(9,)]


@ON_POSTGRESQL
def test_hooks_of_a_module_in_a_schema_of_its_own_find_its_tables_there(changing: Changing) -> None:
    write = "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'))"
    changing.install("1.0", FIRST, hooks={"after_install": write, "disabled": write.replace("20", "21")})
    assert changing.up(placement="schema").errors == ()
    assert changing.up(placement="schema", disabled=("shop",)).errors == ()
    assert changing.ask("SELECT id FROM hub_shop.shop_item ORDER BY id") == [(7,), (20,), (21,)]


@pytest.mark.parametrize("target", [None, "shop_2"])
def test_migrate_leaves_an_upgrade_with_hooks_to_up(changing: Changing, target: str | None) -> None:
    changing.install("1.0", FIRST)
    changing.up()
    changing.install("1.1", FIRST, SECOND)
    before = changing.dump()
    name = "shop" if target else None
    changing.samples.forget()
    move = partial(migrate, name=name, target=target, agree=changing.plans.append, on_revision=lambda run: None)
    (error,) = move(changing.settings).errors
    assert error.cause == (
        "hub_before_upgrade, hub_after_upgrade of shop must be called with its revisions, by: upgrade shop from 1.0 to 1.1"
    )
    assert error.remedy == "Run hub up, which calls them"
    assert changing.dump() == before
    changing.install("1.1", FIRST, SECOND, hooks=("enabled", "disabled"))
    assert move(changing.settings).errors == ()
    assert changing.state() == ("enabled", "1.0", "shop_2")


def test_what_a_hook_prints_is_not_the_output_of_the_command(
    changing: Changing, capsys: pytest.CaptureFixture[str]
) -> None:
    changing.install("1.0", FIRST, hooks={"enabled": "print('for people')"})
    assert changing.up().errors == ()
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "for people\n")
