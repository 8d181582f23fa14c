"""A lifecycle hook that raises, takes too long or touches what is not its module's undoes the change, and nothing else."""

import re
import threading
import time

import pytest

from hub_core.operations.up import Raised
from hub_core.tests.operations.changing import FIRST, HOOKS, SECOND, Changing, failure

PHASES = {
    "before_install": "before install",
    "after_install": "after install",
    "before_upgrade": "before upgrade",
    "after_upgrade": "after upgrade",
    "enabled": "enabling",
    "disabled": "disabling",
}
every_hook = pytest.mark.parametrize("hook", HOOKS)
OTHERS = ("INSERT INTO till_item VALUES (1)", "till_item, which belongs to till")
THE_HUBS = ("DELETE FROM hub_token", "hub_token, which belongs to the hub")
ENDING = {
    "COMMIT": "context.connection.execute(text('COMMIT'))",
    "ROLLBACK": "context.connection.execute(text('ROLLBACK'))",
    "commit()": "context.connection.commit()",
    "rollback()": "context.connection.rollback()",
    "driver's commit()": "context.connection.connection.driver_connection.commit()",
    "another connection": "context.connection.engine.connect()",
}
HANGS = {
    "sleeps": "time.sleep(60)",
    "computes": "exec('while True: pass')",
    "swallows": "exec('while True:\\n  try: time.sleep(0.01)\\n  except Exception: pass')",
    "a statement": "context.connection.execute(text(LONG[context.connection.dialect.name]))",
    "a swallowed statement": "exec('try: context.connection.execute(text(LONG[context.connection.dialect.name]))\\nexcept Exception: pass')",
    "many statements": "exec('while True: context.connection.execute(text(\"SELECT 1\"))')",
}
LONG = """
LONG = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}
"""


class Story:
    """The module shop before the change that calls ``hook``; beside it till, and cart, which requires shop and comes with the change."""

    def __init__(self, changing: Changing, hook: str, *, migrates: bool = True) -> None:
        self.changing, self.hook = changing, hook
        self.first: tuple[str, ...] = (FIRST,) if migrates else ()
        self.second: tuple[str, ...] = (FIRST, SECOND) if migrates else ()
        changing.install("1.0", FIRST, name="till", hooks=())
        if hook in ("before_upgrade", "after_upgrade", "disabled"):
            changing.install("1.0", *self.first, hooks=())
        assert changing.up().errors == ()
        self.before = changing.dump()
        if hook != "disabled":
            changing.install("1.0", name="cart", requires=("sample-shop",), hooks=())

    def change(self, body: str, more: str = "") -> Raised:
        """Make the change with a hook that does ``body``."""
        version = "1.1" if self.hook.endswith("upgrade") else "1.0"
        revisions = self.second if self.hook.endswith("upgrade") else self.first
        self.changing.install(version, *revisions, hooks={self.hook: body}, more=more)
        return self.changing.up(disabled=("shop",) if self.hook == "disabled" else ())

    def assert_undone(self, raised: Raised) -> None:
        """Everything is as before, and the others are up."""
        now = self.changing.dump()
        for owner in {*self.before, *now} - {"cart"}:
            assert now.get(owner) == self.before.get(owner), owner
        assert [each.name for each in raised.standing.ready] == ["till"]
        assert raised.standing.failures["shop"].condition == "failed"
        if self.hook != "disabled":
            assert raised.standing.failures["cart"].condition == "blocked"

    def assert_made(self, raised: Raised) -> None:
        """The change was made."""
        assert raised.errors == ()
        version = "1.1" if self.hook.endswith("upgrade") else "1.0"
        state = "disabled" if self.hook == "disabled" else "enabled"
        assert (self.changing.state() or ())[:2] == (state, version)


@pytest.mark.parametrize("migrates", [True, False], ids=["with migrations", "without"])
@pytest.mark.parametrize("raised", ["RuntimeError('no')", "SystemExit(3)"])
@every_hook
def test_what_raises_undoes_the_change_and_the_next_try_makes_it(
    changing: Changing, hook: str, raised: str, migrates: bool
) -> None:
    story = Story(changing, hook, migrates=migrates)
    write = "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'));" if migrates else ""
    if hook == "before_install":
        write = "context.connection.execute(text('CREATE TABLE shop_early (id int)'));"
    result = story.change(f"{write}raise {raised}")
    assert failure(result) == f"{PHASES[hook]}: {raised.replace('(', ': ').strip(')').replace(chr(39), '')}"
    assert f"hub_{hook}" in result.errors[0].remedy
    assert result.standing.failures["shop"].reason.text == f"{PHASES[hook]} ({raised.partition('(')[0]})"
    assert result.standing.failures["shop"].reason.code == f"failed_{PHASES[hook].replace(' ', '_')}"
    story.assert_undone(result)
    story.assert_made(story.change("pass"))


@every_hook
def test_a_refusal_is_told_in_its_own_words(changing: Changing, hook: str) -> None:
    story = Story(changing, hook)
    result = story.change("raise ChangeRefused('3 orders are\\n open', remedy='Close them')")
    (error,) = result.errors
    assert str(error) == f"shop failed: {PHASES[hook]}\ncause: 3 orders are open\nremedy: Close them"
    reason = result.standing.failures["shop"].reason
    assert (reason.text, reason.remedy) == (f"{PHASES[hook]} (3 orders are open)", "Close them")
    story.assert_undone(result)


@pytest.mark.parametrize("swallows", [False, True], ids=["raised", "swallowed"])
@pytest.mark.parametrize(("statement", "named"), [OTHERS, THE_HUBS], ids=["another's", "the hub's"])
@every_hook
def test_a_hook_that_touches_what_is_not_its_modules_is_named(
    changing: Changing, hook: str, statement: str, named: str, swallows: bool
) -> None:
    story = Story(changing, hook)
    body = f"context.connection.execute(text({statement!r}))"
    result = story.change(
        f"exec({f'try:{chr(10)}  with context.connection.begin_nested(): {body}{chr(10)}except Exception: pass'!r})"
        if swallows
        else body
    )
    told = failure(result)
    assert told.startswith(f"{PHASES[hook]}: hub_{hook} of shop touches what is not its own: it ")
    assert named in told
    assert result.errors[0].remedy.startswith(f"Correct hub_{hook}: tables of shop begin with shop_")
    story.assert_undone(result)
    story.assert_made(story.change("pass"))


@pytest.mark.parametrize("way", ENDING)
@pytest.mark.parametrize("hook", ["before_upgrade", "after_upgrade", "disabled"])
def test_a_hook_cannot_end_the_transaction(changing: Changing, hook: str, way: str) -> None:
    story = Story(changing, hook)
    write = "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'))"
    result = story.change(f"{write}; {ENDING[way]}; {write.replace('20', '21')}")
    told = failure(result)
    assert told.startswith(f"{PHASES[hook]}: ")
    if way in ("COMMIT", "commit()", "another connection"):  # the others fail at what follows them, on PostgreSQL
        assert f"hub_{hook} of shop touches what is not its own: it " in told
    story.assert_undone(result)
    story.assert_made(story.change("pass"))


@pytest.mark.parametrize("way", HANGS)
@pytest.mark.parametrize("hook", ["before_upgrade", "disabled"])
def test_a_hook_that_takes_too_long_is_ended_and_nothing_is_kept(changing: Changing, hook: str, way: str) -> None:
    story = Story(changing, hook)
    changing.hub_table = "start_seconds = 1"
    write = "context.connection.execute(text('INSERT INTO shop_item (id) VALUES (20)'))"
    began = time.monotonic()
    result = story.change(f"{write}; {HANGS[way]}", more=LONG)
    assert time.monotonic() - began < 20
    assert failure(result) == f"{PHASES[hook]}: TimeoutError: took more than 1 s"
    story.assert_undone(result)
    changing.hub_table = ""
    story.assert_made(story.change("pass"))


def test_outside_the_main_thread_a_statement_is_ended_where_the_database_can(changing: Changing) -> None:
    story = Story(changing, "disabled")
    changing.hub_table = "start_seconds = 1"
    body = "context.connection.execute(text(LONG[context.connection.dialect.name]))"
    results: list[Raised] = []
    short = LONG.replace("pg_sleep(60)", "pg_sleep(2)")
    thread = threading.Thread(target=lambda: results.append(story.change(body, more=short)))
    thread.start()
    thread.join()
    assert failure(results[0]) == "disabling: TimeoutError: took more than 1 s"
    story.assert_undone(results[0])


def test_a_module_that_refuses_to_be_disabled_keeps_what_it_requires(changing: Changing) -> None:
    changing.install("1.0", FIRST, name="till", hooks=("disabled",))
    changing.install("1.0", FIRST, requires=("sample-till",), hooks={"disabled": "raise RuntimeError('not now')"})
    changing.install("1.0", FIRST, name="wiki", hooks=("disabled",))
    changing.up()
    result = changing.up(disabled=("shop", "till", "wiki"))
    assert failure(result) == "disabling: RuntimeError: not now"
    assert changing.called() == ["shop disabled", "wiki disabled"]
    assert [changing.state(name)[0] for name in ("shop", "till", "wiki")] == ["enabled", "enabled", "disabled"]  # type: ignore[index]
    kept = result.standing.failures["till"].reason
    assert (kept.code, kept.text) == ("still_required", "stays enabled: shop needs it and could not be disabled")
    assert kept.remedy == "See why: hub show shop"
    changing.install("1.0", FIRST, requires=("sample-till",), hooks=("disabled",))
    assert changing.up(disabled=("shop", "till", "wiki")).errors == ()
    assert changing.called() == ["shop disabled", "till disabled"]


UNFIT = {
    "another parameter": "@hookimpl\ndef hub_{hook}(context, connection): ...",
    "async": "@hookimpl\nasync def hub_{hook}(context): ...",
    "a generator": "@hookimpl\ndef hub_{hook}(context):\n    yield",
}


@pytest.mark.parametrize("fault", UNFIT)
@every_hook
def test_a_hook_that_does_not_fit_fails_the_module_before_anything_is_changed(
    changing: Changing, hook: str, fault: str
) -> None:
    changing.install(
        "1.0", FIRST, hooks={}, more=f"from hub_hookspecs import hookimpl\n{UNFIT[fault].format(hook=hook)}"
    )
    told = failure(changing.up())
    assert told.startswith("hooks: ")
    assert f"hub_{hook}" in told
    assert changing.state() is None


def test_a_coroutine_that_nobody_awaits_is_not_taken_for_a_hook_that_ran(changing: Changing) -> None:
    changing.install("1.0", FIRST, hooks={"enabled": "return asyncio.sleep(0)"})
    told = failure(changing.up())
    assert re.search("hub_enabled answered a coroutine", told)
    assert changing.state() is None
