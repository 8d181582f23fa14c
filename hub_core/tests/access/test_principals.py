"""Tokens, the cookie made from one, and what a principal may do."""

import pytest
from hub_hookspecs import ANONYMOUS, Principal

from hub_core.access import AccessSnapshot, cookie_of, new_token


@pytest.mark.parametrize(
    ("granted", "asked", "allowed"),
    [
        ("*", "billing.invoice.read", True),
        ("billing.*", "billing.invoice.read", True),
        ("billing.invoice.*", "billing.invoice.read", True),
        ("billing.invoice.read", "billing.invoice.read", True),
        ("billing.invoice.read.*", "billing.invoice.read", False),
        ("billing.invoice.*", "billing.invoices.read", False),
        ("billing.invoice.*", "billing.invoice", False),
        ("billing", "billing.invoice.read", False),
        ("billing.", "billing.invoice.read", False),
        ("bill*", "billing.invoice.read", False),
        ("billing.*.read", "billing.invoice.read", False),
        ("*.read", "billing.invoice.read", False),
        (".*", "billing.invoice.read", False),
        ("", "billing.invoice.read", False),
        ("BILLING.*", "billing.invoice.read", False),
        ("billing.*", "billing_extra.invoice.read", False),
    ],
)
def test_a_wildcard_covers_what_begins_with_it_at_a_dot(granted: str, asked: str, allowed: bool) -> None:
    assert Principal(id="somebody", permissions=frozenset({granted})).allows(asked) is allowed
    assert not ANONYMOUS.allows(asked)


def test_the_cookie_follows_from_the_token_and_says_nothing_of_it() -> None:
    one, other = new_token(), new_token()
    assert one.text != other.text
    assert len(one.text) >= 4 + 43  # 256 bits in base64 behind the prefix
    assert cookie_of(one.text) == cookie_of(one.text) != cookie_of(other.text)
    told = {one.text, cookie_of(one.text), one.bearer_sha256, one.cookie_sha256}
    assert len(told) == 4
    assert one.text[4:] not in cookie_of(one.text) + one.bearer_sha256 + one.cookie_sha256


def test_neither_credential_stands_in_for_the_other() -> None:
    token, access = new_token(), AccessSnapshot()
    access.replace([(token.bearer_sha256, token.cookie_sha256)])
    cookie = cookie_of(token.text)
    found = access.by_bearer(token.text)
    assert found is not None
    assert found.allows("anything.at.all")
    assert access.by_cookie(cookie) is found
    for wrong in (cookie, token.bearer_sha256, token.cookie_sha256, token.text[:-1], token.text.upper(), "", "\udc80é"):
        assert access.by_bearer(wrong) is None
    for wrong in (token.text, token.bearer_sha256, token.cookie_sha256, cookie.upper(), ""):
        assert access.by_cookie(wrong) is None


def test_a_replaced_token_is_nobodys_and_a_granted_one_stays() -> None:
    old, new, granted, access = new_token(), new_token(), new_token(), AccessSnapshot()
    access.grant(granted.bearer_sha256, Principal(id="somebody"))
    access.replace([(old.bearer_sha256, old.cookie_sha256)])
    access.replace([(new.bearer_sha256, new.cookie_sha256)])
    assert access.by_bearer(old.text) is access.by_cookie(cookie_of(old.text)) is None
    assert access.by_bearer(new.text) is not None
    assert access.by_bearer(granted.text) == Principal(id="somebody")


def test_showing_a_token_object_does_not_show_the_token() -> None:
    token = new_token()
    for shown in (repr(token), str(token), f"{token}", repr([token]), "%s" % token):  # noqa: UP031 - one more way to show
        assert token.text not in shown
        assert token.bearer_sha256 not in shown
