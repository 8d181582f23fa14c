"""What changed in hub.toml applies; what did not keeps what was changed elsewhere."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_core.planning import Desired, DesiredModule, drift, merge

_modules = st.builds(
    DesiredModule,
    version=st.sampled_from([None, ">=1", "<3"]),
    enabled=st.booleans(),
    settings=st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([1, 2, "a", True]), max_size=2),
)
_desired = st.builds(Desired, modules=st.dictionaries(st.sampled_from(["a", "b"]), _modules, max_size=2))


def wishes(**modules: dict[str, Any]) -> Desired:
    return Desired(modules={name: DesiredModule(**wish) for name, wish in modules.items()})


@given(_desired, _desired)
def test_an_unchanged_file_changes_nothing(stored: Desired, last: Desired) -> None:
    assert merge(stored, last, last) == stored


@given(_desired, _desired)
def test_where_nothing_else_was_changed_the_file_applies_whole(last: Desired, current: Desired) -> None:
    assert merge(last, last, current) == current


@given(_desired, _desired, _desired)
def test_applying_the_same_file_twice_changes_nothing_more(stored: Desired, last: Desired, current: Desired) -> None:
    once = merge(stored, last, current)
    assert merge(once, current, current) == once


@given(_desired, _desired, _desired)
def test_every_key_comes_from_the_file_if_it_changed_there_and_else_from_the_database(
    stored: Desired, last: Desired, current: Desired
) -> None:
    merged = merge(stored, last, current)
    for name in set(stored.modules) & set(last.modules) & set(current.modules):
        before, after = last.modules[name], current.modules[name]
        kept, result = stored.modules[name], merged.modules[name]
        assert result.enabled == (kept.enabled if before.enabled == after.enabled else after.enabled)
        assert result.version == (kept.version if before.version == after.version else after.version)
        for key in "xy":
            same = _known(before, key) == _known(after, key)
            assert _known(result, key) == _known(kept if same else after, key)


def _known(module: DesiredModule, key: str) -> tuple[type, Any]:
    value = module.settings.get(key)
    return type(value), value


_ABSENT = object()
_KEYS: dict[str, tuple[Any, ...]] = {
    "enabled": (True, False),
    "version": (_ABSENT, ">=1", "<3"),
    "settings": (_ABSENT, 1, True, "a", [1, 2], {"x": 1}),
}


def _one(key: str, value: Any) -> Desired:
    """A wish for one module that says ``value`` under ``key``, as hub.toml would."""
    if value is _ABSENT:
        return wishes(a={})
    return wishes(a={key: {"size": value} if key == "settings" else value})


def _said(desired: Desired, key: str) -> Any:
    module = desired.modules["a"]
    if key == "settings":
        return module.settings.get("size", _ABSENT)
    value = getattr(module, key)
    return _ABSENT if value is None else value


@pytest.mark.parametrize(
    ("key", "stored", "last", "current"),
    [(key, *values) for key, choices in _KEYS.items() for values in product(choices, repeat=3)],
)
def test_of_every_combination_the_file_wins_where_it_changed_and_else_the_database(
    key: str, stored: Any, last: Any, current: Any
) -> None:
    merged = merge(_one(key, stored), _one(key, last), _one(key, current))
    changed = (type(last), last) != (type(current), current)
    assert _said(merged, key) == (current if changed else stored)
    assert type(_said(merged, key)) is type(current if changed else stored)


_MODULE = {"enabled": False, "version": ">=1"}


@pytest.mark.parametrize(
    ("stored", "last", "current", "expected"),
    [
        (None, None, None, None),
        (None, None, _MODULE, _MODULE),  # new in the file
        (None, _MODULE, None, None),  # left the file, and was taken back elsewhere too
        (None, _MODULE, _MODULE, None),  # taken back elsewhere; the file did not change
        (_MODULE, None, None, _MODULE),  # only ever said elsewhere
        (_MODULE, None, {"enabled": True}, {"enabled": True, "version": ">=1"}),  # said elsewhere, and now in the file
        (_MODULE, _MODULE, None, None),  # left the file: wanted no longer, and it stays as it is
        (_MODULE, _MODULE, _MODULE, _MODULE),
    ],
)
def test_a_module_that_comes_or_leaves_in_one_of_the_three(
    stored: dict[str, Any] | None,
    last: dict[str, Any] | None,
    current: dict[str, Any] | None,
    expected: dict[str, Any] | None,
) -> None:
    def of(wish: dict[str, Any] | None) -> Desired:
        return Desired() if wish is None else wishes(a=wish)

    assert merge(of(stored), of(last), of(current)) == of(expected)


def test_a_change_elsewhere_survives_a_change_of_another_key() -> None:
    last = wishes(billing={"settings": {"currency": "EUR"}})
    stored = wishes(billing={"enabled": False, "settings": {"currency": "EUR", "prefix": "A"}})
    current = wishes(billing={"settings": {"currency": "USD"}})
    assert merge(stored, last, current) == wishes(
        billing={"enabled": False, "settings": {"currency": "USD", "prefix": "A"}}
    )


def test_a_module_that_left_the_file_is_wanted_no_longer_and_keeps_settings_from_elsewhere() -> None:
    last = wishes(billing={"settings": {"currency": "EUR"}}, notes={})
    stored = wishes(billing={"enabled": False, "settings": {"currency": "EUR", "prefix": "A"}}, notes={})
    assert merge(stored, last, Desired()) == wishes(billing={"enabled": False, "settings": {"prefix": "A"}})


def test_drift_names_each_key_and_no_value_of_a_setting() -> None:
    file = wishes(billing={"version": ">=1", "settings": {"secret": "a"}}, notes={})
    database = wishes(billing={"enabled": False, "settings": {"secret": "b"}}, crm={})
    assert drift(file, database) == (
        "billing: enabled is true in hub.toml, false in the database",
        "billing: settings.secret differs between hub.toml and the database",
        "billing: version is >=1 in hub.toml, not set in the database",
        "crm: only in the database",
        "notes: only in hub.toml",
    )


@given(_desired)
def test_what_agrees_has_no_drift(desired: Desired) -> None:
    assert drift(desired, desired) == ()
