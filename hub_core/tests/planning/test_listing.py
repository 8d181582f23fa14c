"""What listings say of each module: state and conditions apart, with every reason."""

import pytest

from hub_core.catalog import FoundModule
from hub_core.planning import Desired, ListedModule, ModuleState, RecordedModule, listing
from hub_core.tests.found_modules import catalog, found
from hub_core.tests.planning.situations import record, recorded, resolution, wished


def lines(
    modules: tuple[FoundModule, ...], *records: RecordedModule, desired: Desired | None = None
) -> tuple[ListedModule, ...]:
    rows, wanted = recorded(*records), desired or Desired()
    return listing(catalog(*modules), resolution(modules, rows, wanted), rows, desired=wanted)


def test_without_a_database_every_module_is_available() -> None:
    (line,) = lines((found("a"),))
    assert line.as_json() == {
        "name": "a",
        "title": "A",
        "summary": "the distribution of a",
        "distribution": "mod-a",
        "version": "1.0",
        "category": "Other",
        "tier": "optional",
        "application": False,
        "state": "available",
        "conditions": [],
        "reasons": [],
    }


def test_state_and_conditions_are_told_apart() -> None:
    told = {
        line.name: (line.state, line.conditions, [reason.code for reason in line.reasons])
        for line in lines(
            (found("a", "mod-b"), found("b"), found("c", "nowhere"), found("d", version="1.1")),
            record("a"),
            record("b", ModuleState.DISABLED),
            record("d"),
            record("e"),
        )
    }
    assert told == {
        "a": ("enabled", ("blocked",), ["requirement_disabled"]),
        "b": ("disabled", (), []),
        "c": ("available", ("blocked",), ["missing_requirement"]),
        "d": ("enabled", ("upgrade pending",), []),
        "e": ("enabled", ("orphaned",), ["not_installed"]),
    }


@pytest.mark.parametrize("order", [("acme", "mod-a"), ("mod-a", "acme")])
def test_of_two_that_claim_a_name_the_recorded_one_keeps_its_state(order: tuple[str, str]) -> None:
    told = {
        line.distribution: (line.state, line.conditions)
        for line in lines(tuple(found("a", distribution=each) for each in order), record("a"))
    }
    assert told == {"acme": ("available", ("blocked",)), "mod-a": ("enabled", ())}


def test_a_wish_that_the_installed_version_does_not_meet_shows() -> None:
    (line,) = lines((found("a"),), record("a"), desired=wished("a", version=">=2"))
    assert (line.conditions, [reason.code for reason in line.reasons]) == (("blocked",), ["version_unwanted"])


def test_pending_revisions_of_the_same_version_are_an_upgrade() -> None:
    (line,) = lines((found("a", revisions=("r1", "r2")),), record("a", revision="r1"))
    assert line.conditions == ("upgrade pending",)


def test_an_available_module_is_judged_as_if_it_were_to_join_those_that_are_enabled() -> None:
    modules = (found("a", 'mod-b>=2; extra == "b"'), found("b"), found("c", 'mod-a>=2; extra == "a"'))
    told = {line.name: [reason.code for reason in line.reasons] for line in lines(modules, record("b"))}
    assert told == {"a": ["optional_mismatch"], "b": [], "c": []}
