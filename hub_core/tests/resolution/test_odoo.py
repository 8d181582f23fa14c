"""On a real graph of 633 modules: the order is valid, glue follows its flags, and one that breaks blocks just its descendants."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from hub_core.catalog import Catalog
from hub_core.planning import Desired, DesiredModule, wishes
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog
from hub_core.tests.odoo_graph import Addon, addons, as_module

FULL = bool(os.environ.get("HUB_TEST_FULL"))
ADDONS = addons()
DEPENDENTS = {name: {other for other, addon in ADDONS.items() if name in addon.depends} for name in ADDONS}
CATALOG = catalog(*map(as_module, ADDONS.values()))


def resolution(of: Catalog = CATALOG, wanted: Iterable[str] | None = None, unwanted: Iterable[str] = ()) -> Resolution:
    chosen = None if wanted is None else set(wanted)
    return resolve(of, contract=Version("1.0"), wanted=chosen, unwanted=set(unwanted))


def descendants(of: str) -> set[str]:
    """All that depend on an addon, directly or not, read from the corpus alone."""
    found: set[str] = set()
    waiting = [of]
    while waiting:
        new = DEPENDENTS[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_the_corpus_is_what_it_is_said_to_be() -> None:
    assert len(ADDONS) == 633
    assert sum(addon.is_glue for addon in ADDONS.values()) == 384
    assert sum(len(addon.depends) for addon in ADDONS.values()) > 1300


def test_all_modules_stand_behind_what_they_require() -> None:
    answer = resolution()
    assert (len(answer.order), answer.reasons) == (633, {})
    place = {name: number for number, name in enumerate(answer.order)}
    assert all(place[needed] < place[name] for name, addon in ADDONS.items() for needed in addon.depends)


@pytest.mark.parametrize("part", range(8))
def test_one_that_breaks_blocks_its_descendants_and_nobody_else(part: int) -> None:
    for name in sorted(ADDONS)[part::8]:
        broken = as_module(ADDONS[name], fault="manifest_missing")
        modules = tuple(broken if each.name == name else each for each in CATALOG.modules)
        answer = resolution(replace(CATALOG, modules=modules))
        behind = descendants(name)
        assert set(answer.reasons) == {name, *behind}
        assert set(answer.order) == set(ADDONS) - behind - {name}
        told = {each: [reason.code for reason in answer.reasons[each]] for each in behind}
        assert told == {each: ["requirement_blocked"] for each in behind}, "one root is one reason"


@pytest.mark.parametrize("part", range(4))
def test_a_circle_is_named_by_all_in_it_and_blocks_what_lies_behind(part: int) -> None:
    for name in sorted(ADDONS)[part :: 4 if FULL else 40]:
        behind = descendants(name)
        if not behind:
            continue
        last = max(behind, key=lambda each: (len(ADDONS[each].depends), each))
        bent = Addon(name, ADDONS[name].depends | {last}, False, frozenset())
        answer = resolution(catalog(*map(as_module, {**ADDONS, name: bent}.values())))
        circle = {each for each in behind if last in descendants(each)} | {name, last}
        told = {each: {reason.code for reason in reasons} for each, reasons in answer.reasons.items()}
        assert {each for each, codes in told.items() if "requirement_cycle" in codes} == circle
        assert set(told) == circle | behind
        assert f"→ {last}" in answer.reasons[name][0].text or f"{last} →" in answer.reasons[name][0].text


def appearing(wanted: set[str], unwanted: set[str]) -> set[str]:
    """What runs when glue appears by the rules, worked out by trying each addon again until nothing changes."""
    result = {name for name in wanted if not ADDONS[name].is_glue}
    while True:
        more = set(result)
        for name, addon in ADDONS.items():
            needed = {name, *closure(name)}
            if addon.is_glue and addon.triggers <= more and not needed & unwanted:
                more |= needed
        if more == result:
            return result
        result = more


def closure(name: str) -> set[str]:
    found: set[str] = set()
    while more := {each for one in (name, *found) for each in ADDONS[one].depends} - found:
        found |= more
    return found


@settings(max_examples=15, deadline=None)
@given(st.sets(st.sampled_from(sorted(ADDONS)), max_size=12), st.sets(st.sampled_from(sorted(ADDONS)), max_size=4))
def test_glue_appears_when_its_triggers_are_wanted(chosen: set[str], unwanted: set[str]) -> None:
    wanted = {each for name in chosen - unwanted for each in (name, *closure(name))} - unwanted
    answer = resolution(wanted=wanted, unwanted=unwanted)
    assert answer.wanted == appearing(wanted, unwanted)
    assert not answer.wanted & unwanted


def test_all_glue_appears_beside_all_that_is_none() -> None:
    plain = {name for name, addon in ADDONS.items() if not addon.is_glue}
    assert resolution(wanted=plain).wanted == appearing(plain, set())


def test_disabling_what_glue_joins_is_never_kept_back_by_the_glue() -> None:
    everything: Mapping[str, DesiredModule] = {name: DesiredModule() for name in ADDONS}
    without = Desired(modules={**everything, "account": DesiredModule(enabled=False)})
    wanted, unwanted = wishes(CATALOG, {}, without)
    answer = resolution(wanted=wanted, unwanted=unwanted)
    gone = set(ADDONS) - answer.wanted
    assert "account" in gone
    assert {name for name in descendants("account") if ADDONS[name].is_glue} <= gone
