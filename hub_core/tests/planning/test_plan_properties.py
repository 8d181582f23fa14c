"""Whatever is recorded, on disk and wished: a plan converges, twice is nothing, and no step goes against a requirement."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub_core.catalog import FoundModule
from hub_core.planning import Desired, DesiredModule, ModuleState, Step, plan
from hub_core.tests.found_modules import found
from hub_core.tests.planning.situations import Recorded, carried_out, planned, record, recorded, resolution

_NAMES = "abcd"
_VERSIONS = st.sampled_from(["1.0", "2.0"])
_RECORDS = st.dictionaries(
    st.sampled_from(_NAMES),
    st.tuples(
        st.sampled_from(list(ModuleState)),
        _VERSIONS,
        st.sampled_from([None, 1, 2]),
        st.sampled_from(["", "one"]),
    ),
    max_size=4,
)
_WISHES = st.dictionaries(
    st.sampled_from(_NAMES),
    st.builds(DesiredModule, enabled=st.booleans(), version=st.sampled_from([None, ">=2"]), demo=st.booleans()),
    max_size=4,
)

Row = tuple[ModuleState, str, int | None, str]


@st.composite
def modules(draw: st.DrawFn) -> tuple[FoundModule, ...]:
    """Up to four modules that require, follow and glue one another."""
    made = []
    for name in draw(st.sets(st.sampled_from(_NAMES))):
        others = draw(st.sets(st.sampled_from(_NAMES.replace(name, "")), max_size=2))
        glue = draw(st.sampled_from(["", "", "true", *(f'["{each}"]' for each in sorted({*others, "d", "zz"}))]))
        optional = draw(st.sampled_from(_NAMES.replace(name, "")))
        soft = draw(st.sampled_from([(), (f'mod-{optional}>=2; extra == "x"',)]))
        made.append(
            found(
                name,
                *(f"mod-{each}" for each in sorted(others)),
                *soft,
                version=draw(_VERSIONS),
                manifest=f"auto_install = {glue}" if glue else "",
                seed=draw(st.sampled_from(["", "one", "two"])),
                demo=draw(st.sampled_from(["", "one", "two"])),
                revisions=tuple(f"{name}_{number}" for number in range(1, 1 + draw(st.integers(0, 2)))),
            )
        )
    return tuple(made)


def _behind(name: str, requires: Mapping[str, frozenset[str]]) -> set[str]:
    """All that ``name`` requires, directly or not."""
    found: set[str] = set()
    while more := {each for one in (name, *found) for each in requires.get(one, ())} - found:
        found |= more
    return found


def rows(records: dict[str, Row]) -> Recorded:
    return recorded(
        *(
            replace(record(name, state, version, f"{name}_{at}" if at else None), seed=loaded, demo=loaded)
            for name, (state, version, at, loaded) in records.items()
        )
    )


@given(_RECORDS, modules(), _WISHES)
def test_a_plan_that_was_carried_out_is_empty_and_all_that_runs_has_what_it_needs(
    records: dict[str, Row],
    on_disk: tuple[FoundModule, ...],
    wanted: dict[str, DesiredModule],
) -> None:
    before, desired = rows(records), Desired(modules=wanted)
    answer = resolution(on_disk, before, desired)
    first = plan(recorded=before, desired=desired, resolution=answer)
    after = carried_out(first.steps, before, *on_disk)
    second = planned(*on_disk, before=after, desired=desired)
    assert second.steps == ()
    assert second.blocked == first.blocked
    running = {name for name, row in after.items() if row.state is ModuleState.ENABLED} - set(second.blocked)
    assert all(answer.requires[name] <= running for name in running), "what runs has all it requires"
    glue = {each.name for each in on_disk if each.manifest and each.manifest.auto_install}
    assert {name for name, wish in wanted.items() if wish.enabled} - glue <= running | set(second.blocked)
    assert not {name for name, wish in wanted.items() if not wish.enabled} & running


@given(_RECORDS, modules(), _WISHES)
def test_at_every_step_what_is_enabled_by_the_plan_stands_on_what_is_enabled(
    records: dict[str, Row],
    on_disk: tuple[FoundModule, ...],
    wanted: dict[str, DesiredModule],
) -> None:
    before, desired = rows(records), Desired(modules=wanted)
    answer = resolution(on_disk, before, desired)
    steps = plan(recorded=before, desired=desired, resolution=answer).steps
    now = before
    for step in steps:
        enabled = {name for name, row in now.items() if row.state is ModuleState.ENABLED}
        if step.kind == "disable":
            later = {each.module for each in steps[steps.index(step) :] if each.kind == "disable"}
            dependents = {name for name in later if step.module in answer.requires.get(name, ())}
            outside = {name for name in dependents if name not in _behind(step.module, answer.requires)}
            assert not outside, "those that require it leave first, but for circles"
        else:
            assert answer.requires[step.module] <= enabled, f"{step.text} before what it requires"
        now = carried_out([step], now, *on_disk)


@given(_RECORDS, modules(), _WISHES)
def test_a_plan_that_stopped_anywhere_goes_on_to_the_same_end(
    records: dict[str, Row],
    on_disk: tuple[FoundModule, ...],
    wanted: dict[str, DesiredModule],
) -> None:
    before, desired = rows(records), Desired(modules=wanted)
    steps = planned(*on_disk, before=before, desired=desired).steps
    whole = carried_out(steps, before, *on_disk)
    for number in range(len(steps)):
        part = carried_out(steps[:number], before, *on_disk)
        rest: tuple[Step, ...] = planned(*on_disk, before=part, desired=desired).steps
        assert carried_out(rest, part, *on_disk) == whole
