"""What ``hub plan`` says of environments: each difference with what mends it; and what a hub.lock means that ran, or never did."""

from functools import partial

import pytest

from hub_core.database import connect, parse_url
from hub_core.operations import locked
from hub_core.operations.change import Change, EnvironmentGone, Telling
from hub_core.operations.changing import change
from hub_core.operations.locked import EnvironmentBehind, environment_to_enter, file_lock, refuse_behind, settle
from hub_core.operations.up import up
from hub_core.packages import Environments, build, read_lock, workshop
from hub_core.packages import environments as environments_file
from hub_core.registry import generation
from hub_core.runtime import verified
from hub_core.settings import read_settings
from hub_core.tests.operations.home import Home


def test_a_hub_lock_that_never_ran_is_applied_and_one_that_ran_takes_nothing_back(home: Home) -> None:
    assert (home.wanted(), home.drift()) == (None, []), "made by hand, and nothing says otherwise"
    one, two, three = (home.lock(f"{number}.0") for number in (1, 2, 3))
    home.write(one)
    assert home.wanted() == ("1.0", True)
    assert home.drift() == [
        "hub.lock is there, and the hub manages no environment yet; hub up makes the one that it names"
    ]
    home.record(one)
    assert home.wanted() == ("1.0", True)
    home.record(two)
    assert home.wanted() == ("2.0", True)
    assert home.drift() == [
        (
            "hub.lock is that of generation 1, and another one runs since: shop 1.0 → 2.0; "
            "hub up keeps to what is recorded, hub environment use hub.lock goes back"
        )
    ]
    home.write(three)
    assert home.wanted() == ("3.0", False)
    assert home.wanted(applies_file=False) == ("2.0", True)
    assert home.drift() == ["hub.lock never ran here: shop 2.0 → 3.0; hub up goes on in what it names"]
    home.record(one)
    home.write(one)
    assert (home.wanted(), home.drift()) == (("1.0", True), [])


def test_a_hub_lock_that_cannot_be_written_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(locked, "obstacle_to_writing", lambda folder: f"the folder {folder} is not writable")
    built = home.build("1.0")
    settle(home.settings, built)
    assert file_lock(home.settings) is None
    assert Environments(home.settings.state_folder).current() == built
    assert caplog.messages == [
        f"hub.lock does not say what runs now, the database does: the folder {home.settings.folder} is not writable"
    ]


def test_a_machine_that_is_behind_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = home.build("1.0"), home.lock("2.0")
    settle(home.settings, one)
    assert file_lock(home.settings) == one.lock
    home.record(one.lock)
    assert home.drift() == []
    home.record(two)
    assert home.drift() == [
        (
            "environment 1 runs here, and the database records another one (generation 2): shop 1.0 → 2.0; "
            "hub up makes it from its lock and goes on in it"
        ),
        (
            "hub.lock is that of generation 1, and another one runs since: shop 1.0 → 2.0; "
            "hub up keeps to what is recorded, hub environment use hub.lock goes back"
        ),
    ]
    monkeypatch.setattr(environments_file, "_STARTED_IN", one.folder.resolve())
    with connect(parse_url(home.url)) as connection, pytest.raises(EnvironmentBehind) as raised:
        refuse_behind(connection, home.settings)
    assert str(raised.value) == (
        "this environment ran before the one that the database records now; nothing was changed\n"
        "cause: another process changed what runs meanwhile: generation 2\n"
        "remedy: Run the command again; it goes on in what is recorded"
    )


def test_an_environment_that_was_made_by_hand_is_left_alone_and_told_what_it_differs_in(home: Home) -> None:
    home.record(home.lock("2.0"))
    assert home.wanted() is None
    (told,) = home.drift()
    assert told.startswith(
        "this environment was made by hand, and the database records one that the hub manages (generation 1): "
    )
    assert told.endswith(
        "; hub environment adopt takes this one over, with hub.lock beside hub.toml hub up makes the other"
    )


def test_what_another_machine_switched_to_is_made_and_former_ones_are_not_kept_for_ever(home: Home) -> None:
    one, two = home.build("1.0"), home.build("2.0")
    settle(home.settings, one)
    settle(home.settings, two)
    home.record(home.lock("3.0"))
    told: list[str] = []
    settings = read_settings(home.place.folder, **home.changes, environments_kept=0)
    found = environment_to_enter(settings, applies_file=False, on_progress=lambda progress: None, tell=told.append)
    assert found is not None
    assert found.lock.digest == home.lock("3.0").digest
    assert told == ["environment 3 was made from the lock of generation 1", "the hub runs in environment 3 here"]
    environments = Environments(settings.state_folder)
    assert environments.current() == found
    assert environments.all() == (two, found)
    assert not one.folder.exists()
    again = environment_to_enter(settings, applies_file=False, on_progress=lambda progress: None, tell=told.append)
    assert (again, len(told)) == (found, 2), "made once"


def test_each_file_that_was_changed_by_hand_is_named(home: Home) -> None:
    one = home.build("1.0")
    settle(home.settings, one)
    site = next(one.folder.glob("lib/python*/site-packages"))
    for number in range(7):
        (site / f"extra{number}.py").touch()
    told = home.drift()
    assert {line.partition(": ")[2] for line in told[:-1]} <= {
        f"{site / f'extra{number}.py'} belongs to no distribution; hub up makes the environment again from its lock"
        for number in range(7)
    }
    assert told[-1] == "environment 1: 2 more such files"
    assert len(told) == 6


def test_up_moves_the_generation_only_when_it_runs_in_something_else(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = home.build("1.0")

    def brought_up() -> tuple[int, str | None]:
        up(home.settings, agree=lambda plan: None, on_revision=lambda run: None)
        with connect(parse_url(home.url)) as connection:
            now = generation(connection)
        return now.number, now.lock

    assert brought_up() == (0, None)
    monkeypatch.setattr(environments_file, "_STARTED_IN", one.folder.resolve())
    assert brought_up() == (1, one.lock.digest)
    assert Environments(home.settings.state_folder).current() == one
    assert read_lock(home.settings.folder / "hub.lock") == one.lock
    with workshop(home.settings) as at:
        same = build(one.lock, at, name="blue")
    monkeypatch.setattr(environments_file, "_STARTED_IN", same.folder.resolve())
    assert brought_up() == (1, one.lock.digest), "the same under another name"
    assert Environments(home.settings.state_folder).current() == same


def test_a_change_goes_on_in_what_was_built_for_it_and_in_nothing_else_of_that_name(home: Home) -> None:
    built = home.build("2.0")
    telling = Telling(agree=lambda plan: None, on_revision=lambda run: None)
    for name, lock in ((built.name, home.lock("1.0").digest), ("7", built.lock.digest)):
        wanted = Change(kind="upgrade", environment=name, lock=lock)
        with pytest.raises(EnvironmentGone, match=f"environment {name} is not what was built for this any more"):
            change(home.settings, wanted, telling=telling, verify=partial(verified, home.settings))
    change(
        home.settings,
        Change(kind="upgrade", environment=built.name, lock=built.lock.digest),
        telling=telling,
        verify=partial(verified, home.settings),
    )
