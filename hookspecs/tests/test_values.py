"""The values of the contract keep their promises."""

import time
import uuid
from dataclasses import FrozenInstanceError

import pytest
from hub_hookspecs import ANONYMOUS, ChangeRefused, ExtensionPoint, Health, HealthStatus, Principal, uuid7
from hypothesis import given
from hypothesis import strategies as st

segments = st.text(alphabet="abcdefghij_", min_size=1, max_size=8)
permissions = st.lists(segments, min_size=2, max_size=5).map(".".join)


def test_an_identifier_is_a_version_7_uuid_of_the_current_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    identifier = uuid7()
    after = time.time_ns() // 1_000_000
    assert identifier.version == 7
    assert identifier.variant == uuid.RFC_4122
    assert before <= identifier.int >> 80 <= after


def test_identifiers_sort_by_the_millisecond_they_were_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_700_000_000_000, 1_700_000_000_100))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments) * 1_000_000)
    made = [uuid7() for _ in range(100)]
    assert made == sorted(made)


def test_identifiers_of_one_millisecond_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    made = {uuid7() for _ in range(2000)}
    assert len(made) == 2000
    assert {identifier.int >> 80 for identifier in made} == {1_700_000_000_000}


@given(permissions)
def test_a_permission_is_held_by_its_name_by_each_of_its_prefixes_and_by_the_star(permission: str) -> None:
    parts = permission.split(".")
    grants = [permission, "*", *(".".join(parts[:length]) + ".*" for length in range(1, len(parts)))]
    assert all(Principal(id="a", permissions=frozenset({grant})).allows(permission) for grant in grants)


@pytest.mark.parametrize(
    "grant",
    ["billing", "billing.invoice", "bill.*", "billing.invoice.read.*", "billing.invoice.*.read", "Billing.*", "", ".*"],
)
def test_a_permission_is_not_held_by_what_merely_looks_like_it(grant: str) -> None:
    assert not Principal(id="a", permissions=frozenset({grant})).allows("billing.invoice.read")


@given(permissions, permissions)
def test_a_principal_holds_nothing_that_was_not_granted(granted: str, asked: str) -> None:
    assert Principal(id="a", permissions=frozenset({granted})).allows(asked) is (granted == asked)


@given(permissions)
def test_the_anonymous_principal_holds_nothing(permission: str) -> None:
    assert not ANONYMOUS.allows(permission)


def test_a_principal_cannot_be_changed_after_it_was_made() -> None:
    with pytest.raises(FrozenInstanceError):
        ANONYMOUS.permissions = frozenset({"*"})  # type: ignore[misc]


def test_health_is_compared_by_how_bad_it_is() -> None:
    answers = [
        Health(status=HealthStatus.DEGRADED),
        Health(status=HealthStatus.HEALTHY),
        Health(status=HealthStatus.UNHEALTHY),
    ]
    assert max(answer.status for answer in answers) is HealthStatus.UNHEALTHY


def test_an_extension_point_is_a_pluggy_project_of_its_own() -> None:
    point = ExtensionPoint("shop_labels")

    def shop_label() -> str:
        return "label"

    assert point.hookimpl.project_name == point.hookspec.project_name == "shop_labels"
    assert hasattr(point.hookimpl(shop_label), "shop_labels_impl")
    assert repr(point) == "ExtensionPoint('shop_labels')"


def test_a_refusal_carries_its_reason_and_its_remedy() -> None:
    refused = ChangeRefused("3 orders are open", remedy="Close them")
    assert (str(refused), refused.reason, refused.remedy) == ("3 orders are open", "3 orders are open", "Close them")
