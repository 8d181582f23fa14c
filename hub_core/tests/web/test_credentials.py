"""How a caller may say who they are, and which request id is taken over."""

import re
from collections.abc import AsyncIterator

import pytest

from hub_core.access import cookie_of
from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, sample_hub

API = "/api/v1/modules"
ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import CurrentPrincipal, requires
    router = APIRouter(dependencies=[requires("shop.item.read")])
    @router.get("/me")
    @router.post("/me")
    async def me(principal: CurrentPrincipal) -> str:
        return principal.id
"""
MANIFEST = '[[permissions]]\nname = "shop.item.read"\ntitle = "Read"\n'
Headers = list[tuple[str, str]]


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[RunningHub]:
    modules = {"shop": Sample({"routes/pages/me.py": ROUTES, "routes/api/me.py": ROUTES}, MANIFEST)}
    async with sample_hub(tmp_path_factory.mktemp("credentials"), modules) as running:
        yield running


@pytest.fixture(scope="module")
def token(hub: RunningHub) -> str:
    assert hub.raised.token is not None
    return hub.raised.token.text


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "BEARER {}", "bEaReR   {}", "Bearer {} "])
async def test_the_scheme_is_read_in_any_case(hub: RunningHub, token: str, header: str) -> None:
    assert (await hub.client.get(API, headers={"Authorization": header.format(token)})).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "{}",
        "Basic {}",
        "Token {}",
        "Bearer{}",
        "Bearer",
        "Bearer ",
        "Bearer {} {}",
        "Bearer {}, Bearer {}",
        'Bearer "{}"',
        "",
    ],
)
async def test_anything_else_is_nobody(hub: RunningHub, token: str, header: str) -> None:
    answer = await hub.client.get(API, headers={"Authorization": header.format(token, token)})
    assert answer.status_code == 401


async def test_two_authorization_headers_are_nobody_even_when_both_are_right(hub: RunningHub, token: str) -> None:
    for other in (token, "hub_wrong", ""):
        for pair in ((token, other), (other, token)):
            headers = [("Authorization", f"Bearer {each}") for each in pair]
            assert (await hub.client.get(API, headers=headers)).status_code == 401


async def test_the_cookie_is_found_among_others(hub: RunningHub, token: str) -> None:
    own = f"hub_sign_in={cookie_of(token)}"
    for headers in (
        [("Cookie", own)],
        [("Cookie", f"a=1; {own}; b=2")],
        [("Cookie", f"a=1;{own}")],
        [("Cookie", f"a; =; ;;; {own};")],
        [("Cookie", "a=1"), ("Cookie", own), ("Cookie", "b=2")],
    ):
        assert (await hub.client.get("/shop/me", headers=headers)).json() == "superuser", headers


async def test_other_cookies_are_nobody(hub: RunningHub, token: str) -> None:
    right = cookie_of(token)
    for cookie in (
        f"hub_sign_in={token}",
        f"hub_sign_in={right}x",
        f'hub_sign_in="{right}"',
        f"HUB_SIGN_IN={right}",
        f"xhub_sign_in={right}",
        f"hub_sign_in=wrong; hub_sign_in={right}",
        "hub_sign_in",
        "hub_sign_in=",
    ):
        assert (await hub.client.get("/shop/me", headers={"Cookie": cookie})).status_code == 303, cookie


async def test_a_cookie_does_not_help_a_wrong_token_nor_a_post_nor_the_api(hub: RunningHub, token: str) -> None:
    cookie = ("Cookie", f"hub_sign_in={cookie_of(token)}")
    wrong = ("Authorization", "Bearer hub_wrong")
    assert (await hub.client.get("/shop/me", headers=[cookie, wrong])).status_code == 303
    assert (await hub.client.post("/shop/me", headers=[cookie])).status_code == 401
    assert (await hub.client.get("/api/v1/shop/me", headers=[cookie])).status_code == 401
    right = ("Authorization", f"Bearer {token}")
    assert (await hub.client.post("/shop/me", headers=[cookie, right])).status_code == 200


@pytest.mark.parametrize("given", ["12345678", "a.b_c-D9", "x" * 64, "01900000-0000-7000-8000-000000000000"])
async def test_a_well_formed_request_id_is_taken_over(hub: RunningHub, given: str) -> None:
    answer = await hub.client.get(API, headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    assert answer.json()["request_id"] == given


@pytest.mark.parametrize(
    "given",
    ["", "1234567", "x" * 65, "a b c d e f", "<script>alert(1)</script>", "é" * 10, "12345678\x00", "$(reboot)$"],
)
async def test_any_other_is_replaced(hub: RunningHub, given: str) -> None:
    answer = await hub.client.get(API, headers={b"X-Request-Id": given.encode()})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert (await hub.client.get(API)).headers["x-request-id"] != answer.headers["x-request-id"]
