"""A plan leads from recorded to desired state, step by step, and is empty once it was carried out."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from hub_core.catalog import FoundModule
from hub_core.planning import (
    Desired,
    DesiredModule,
    ListedModule,
    ModuleState,
    Plan,
    RecordedModule,
    listing,
    plan,
    recorded_after,
)
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog, found

Recorded = Mapping[str, RecordedModule]


def resolution(*modules: FoundModule) -> Resolution:
    return resolve(catalog(*modules), contract=Version("1.0"))


def record(
    name: str, state: ModuleState = ModuleState.ENABLED, version: str = "1.0", revision: str | None = None
) -> RecordedModule:
    return RecordedModule(
        name=name,
        distribution=f"mod-{name}",
        version=version,
        hash=f"hash of {name} {version}",
        state=state,
        revision=revision,
    )


def recorded(*records: RecordedModule) -> Recorded:
    return {each.name: each for each in records}


def wishes(*enabled: str, disabled: tuple[str, ...] = (), version: str | None = None) -> Desired:
    return Desired(
        modules={name: DesiredModule(version=version) for name in enabled}
        | {name: DesiredModule(enabled=False) for name in disabled}
    )


def texts(result: Plan) -> list[str]:
    return [step.text for step in result.steps]


def codes(result: Plan) -> dict[str, list[str]]:
    return {name: [reason.code for reason in reasons] for name, reasons in result.blocked.items()}


def test_new_modules_are_migrated_installed_and_enabled_in_load_order() -> None:
    result = plan(
        recorded={},
        desired=wishes("a", "b"),
        resolution=resolution(found("a", "mod-b"), found("b"), found("c")),
        revisions={"a": "a_0002"},
    )
    assert texts(result) == [
        "install b 1.0",
        "enable b",
        "migrate a from nothing to a_0002",
        "install a 1.0",
        "enable a",
    ]
    assert [step.kind for step in result.steps] == ["install", "enable", "migrate", "install", "enable"]
    assert result.steps[0].as_json() == {"kind": "install", "module": "b", "text": "install b 1.0"}


def test_a_module_nobody_named_stays_as_it_is() -> None:
    result = plan(
        recorded=recorded(record("a"), record("b", ModuleState.DISABLED)),
        desired=Desired(),
        resolution=resolution(found("a"), found("b"), found("c")),
        revisions={},
    )
    assert result == Plan()


def test_a_new_release_is_migrated_and_upgraded() -> None:
    result = plan(
        recorded=recorded(record("a", version="1.0", revision="r1")),
        desired=Desired(),
        resolution=resolution(found("a", version="1.1")),
        revisions={"a": "r2"},
    )
    assert texts(result) == ["migrate a from r1 to r2", "upgrade a from 1.0 to 1.1"]


def test_changed_files_of_one_version_are_recorded_and_told() -> None:
    changed = found("a")
    result = plan(
        recorded={"a": replace(record("a"), hash="another")},
        desired=Desired(),
        resolution=resolution(changed),
        revisions={},
    )
    assert texts(result) == ["record the files of a 1.0 anew"]
    assert result.drift == ("a: its files changed since version 1.0 was recorded",)


def test_edited_files_of_an_editable_install_are_no_drift() -> None:
    edited = replace(found("a"), hash="another", editable=True)
    assert plan(recorded={"a": record("a")}, desired=Desired(), resolution=resolution(edited), revisions={}) == Plan(
        steps=(), blocked={}, drift=()
    )


def test_what_is_enabled_and_not_wanted_is_disabled_those_that_require_others_first() -> None:
    result = plan(
        recorded=recorded(record("a"), record("b"), record("gone")),
        desired=wishes(disabled=("a", "b", "gone", "never")),
        resolution=resolution(found("a"), found("b", "mod-a"), found("never")),
        revisions={},
    )
    assert texts(result) == ["disable b", "disable a", "disable gone"]
    assert result.blocked == {}


def test_a_module_whose_requirement_is_not_enabled_is_blocked_and_keeps_its_record() -> None:
    result = plan(
        recorded=recorded(record("b")),
        desired=wishes("b", "c"),
        resolution=resolution(found("a"), found("b", "mod-a"), found("c", "mod-b")),
        revisions={},
    )
    assert result.steps == ()
    assert codes(result) == {"b": ["requirement_disabled"], "c": ["requirement_blocked"]}


def test_a_version_outside_the_wanted_range_is_blocked() -> None:
    result = plan(recorded={}, desired=wishes("a", version="<3,>=2"), resolution=resolution(found("a")), revisions={})
    (reason,) = result.blocked["a"]
    assert (reason.code, reason.text, reason.remedy) == (
        "version_mismatch",
        ">=2,<3 is wanted, but 1.0 is installed",
        "pip install 'mod-a>=2,<3', or change the range in hub.toml",
    )


def test_older_code_than_the_tables_is_blocked_and_older_code_with_the_same_tables_is_not() -> None:
    row = recorded(record("a", version="2.0", revision="r2"))
    older = plan(recorded=row, desired=Desired(), resolution=resolution(found("a")), revisions={"a": "r1"})
    assert older.blocked["a"][0].text == "its tables are at r2 of version 2.0, newer than the 1.0 on disk"
    assert codes(older) == {"a": ["schema_newer"]}
    same = plan(recorded=row, desired=Desired(), resolution=resolution(found("a")), revisions={"a": "r2"})
    assert texts(same) == ["upgrade a from 2.0 to 1.0"]


def test_what_is_wanted_and_not_installed_says_so() -> None:
    result = plan(recorded=recorded(record("b")), desired=wishes("a"), resolution=resolution(), revisions={})
    assert {name: (reason.text, reason.remedy) for name, (reason,) in result.blocked.items()} == {
        "a": (
            "a is wanted, but no distribution with that module is installed",
            "Install the distribution of a, or take a out of hub.toml",
        ),
        "b": ("b is wanted, but no distribution with that module is installed", "pip install mod-b"),
    }
    assert result.drift == ("b: recorded, but not installed in this environment",)


def test_what_cannot_run_shows_the_reasons_of_the_resolution() -> None:
    result = plan(recorded={}, desired=wishes("a"), resolution=resolution(found("a", "nowhere")), revisions={})
    assert codes(result) == {"a": ["missing_requirement"]}


def test_a_migration_that_was_done_before_a_crash_is_not_planned_again() -> None:
    result = plan(
        recorded=recorded(record("a", ModuleState.ABSENT, revision="r1")),
        desired=wishes("a"),
        resolution=resolution(found("a")),
        revisions={"a": "r1"},
    )
    assert texts(result) == ["install a 1.0", "enable a"]


_STATES = st.sampled_from(list(ModuleState))
_VERSIONS = st.sampled_from(["1.0", "2.0"])
_REVISIONS = st.sampled_from([None, "r1", "r2"])
_RECORDS = st.dictionaries(st.sampled_from("abcd"), st.tuples(_STATES, _VERSIONS, _REVISIONS), max_size=4)
_FOUND = st.dictionaries(
    st.sampled_from("abc"), st.tuples(st.sets(st.sampled_from("abcd"), max_size=2), _VERSIONS, _REVISIONS), max_size=3
)
_WISHES = st.dictionaries(
    st.sampled_from("abcd"),
    st.builds(DesiredModule, enabled=st.booleans(), version=st.sampled_from([None, ">=2"])),
    max_size=4,
)


@given(_RECORDS, _FOUND, _WISHES)
def test_a_plan_that_was_carried_out_is_empty(
    records: dict[str, tuple[ModuleState, str, str | None]],
    modules: dict[str, tuple[set[str], str, str | None]],
    wanted: dict[str, DesiredModule],
) -> None:
    answer = resolution(
        *(
            found(name, *(f"mod-{other}" for other in requires - {name}), version=version)
            for name, (requires, version, _) in modules.items()
        )
    )
    revisions = {name: revision for name, (_, _, revision) in modules.items()}
    before = recorded(*(record(name, *row) for name, row in records.items()))
    first = plan(recorded=before, desired=Desired(modules=wanted), resolution=answer, revisions=revisions)
    after = carried_out(first, before, answer, revisions)
    second = plan(recorded=after, desired=Desired(modules=wanted), resolution=answer, revisions=revisions)
    assert second.steps == ()
    assert second.blocked == first.blocked
    running = {name for name, row in after.items() if row.state is ModuleState.ENABLED} - set(second.blocked)
    assert all(answer.requires[name] <= running for name in running), "what runs has all it requires"
    assert {name for name, wish in wanted.items() if wish.enabled} <= running | set(second.blocked)


def carried_out(done: Plan, before: Recorded, answer: Resolution, revisions: Mapping[str, str | None]) -> Recorded:
    after = dict(before)
    for step in done.steps:
        row = recorded_after(
            step,
            after.get(step.module),
            found=answer.modules.get(step.module),
            revision=revisions.get(step.module),
        )
        assert row is not None
        after[step.module] = row
    return after


def lines(modules: tuple[FoundModule, ...], *records: RecordedModule) -> tuple[ListedModule, ...]:
    rows = recorded(*records)
    answer = resolve(
        catalog(*modules), contract=Version("1.0"), recorded={name: row.distribution for name, row in rows.items()}
    )
    return listing(catalog(*modules), answer, rows)


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
