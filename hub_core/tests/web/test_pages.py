"""Pages: the home page, signing in and out, the pages and files of modules, errors where a person reads them."""

import pytest

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules

BROWSER = {"Accept": "text/html,application/xhtml+xml"}
MANIFEST = """
title = "Shop <b>"
summary = "Sells things"
[[permissions]]
name = "shop.item.read"
title = "Read"
[[menus]]
label = "Items"
path = "/shop/items"
permission = "shop.item.read"
"""
PAGES = """
    from fastapi import APIRouter, Request
    from fastapi.responses import HTMLResponse
    from hub_hookspecs import NotFound
    from hub_hookspecs.web import page, requires

    router = APIRouter(dependencies=[requires("shop.item.read")])

    @router.get("/items")
    async def items(request: Request) -> HTMLResponse:
        return page(request, "items.html", {"name": "<script>"})

    @router.get("/items/{item}")
    async def item(request: Request, item: int) -> HTMLResponse:
        raise NotFound(f"no item {item}")

    @router.post("/items")
    async def add() -> None:
        pass
"""
TEMPLATE = """
{% extends "hub/page.html" %}
{% block title %}Items{% endblock %}
{% block head %}<link rel="stylesheet" href="{{ static('shop.css') }}">{% endblock %}
{% block content %}<p>{{ name }}</p><a href="{{ url_for('item', item=7) }}">seven</a>{% endblock %}
"""


@pytest.fixture(autouse=True)
def shop(samples: SampleModules) -> None:
    files = {"routes/pages/items.py": PAGES, "templates/items.html": TEMPLATE, "static/shop.css": "p { color: red }"}
    samples.install("shop", files, manifest=MANIFEST)


async def sign_in(hub: RunningHub, target: str = "/") -> str:
    assert hub.raised.token is not None
    answer = await hub.client.post("/sign-in", data={"token": hub.raised.token.text, "next": target})
    assert answer.status_code == 303
    hub.client.cookies.clear()
    header: str = answer.headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=strict" in header
    assert hub.raised.token.text not in header
    return header.split(";")[0]


async def test_the_home_page_invites_and_tells_nothing_to_a_stranger(hub: RunningHub) -> None:
    answer = await hub.client.get("/")
    assert answer.status_code == 200
    assert "/sign-in" in answer.text
    assert "Sells things" not in answer.text
    assert "Items" not in answer.text


async def test_the_home_page_lists_modules_and_menus_for_who_signed_in(hub: RunningHub) -> None:
    answer = await hub.client.get("/", headers={"Cookie": await sign_in(hub)})
    assert "Sells things" in answer.text
    assert 'href="/shop/items"' in answer.text
    assert "Shop &lt;b&gt;" in answer.text


async def test_a_page_sends_a_stranger_to_sign_in_and_back(hub: RunningHub) -> None:
    answer = await hub.client.get("/shop/items?page=2", headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/shop/items%3Fpage%3D2"


async def test_a_page_is_rendered_escaped_with_links_into_its_module(hub: RunningHub) -> None:
    answer = await hub.client.get("/shop/items", headers={**BROWSER, "Cookie": await sign_in(hub)})
    assert answer.status_code == 200
    assert "<p>&lt;script&gt;</p>" in answer.text
    assert 'href="http://hub.test/shop/items/7"' in answer.text
    style = (await hub.client.get("/static/modules/shop/shop.css")).text
    assert style == "p { color: red }"
    assert 'href="/static/modules/shop/shop.css"' in answer.text


async def test_url_for_inside_a_module_keeps_the_prefix_of_a_proxy(hub: RunningHub) -> None:
    import httpx2

    cookie = await sign_in(hub)
    transport = httpx2.ASGITransport(app=hub.app, root_path="/behind")
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.test") as client:
        answer = await client.get("/behind/shop/items", headers={"Cookie": cookie})
        assert 'href="http://hub.test/behind/shop/items/7"' in answer.text
        assert (await client.get("/behind/shop/items")).headers["location"].startswith("/behind/sign-in?next=/shop/")


async def test_the_cookie_is_taken_on_get_only(hub: RunningHub) -> None:
    cookie = await sign_in(hub)
    assert (await hub.client.get("/shop/items", headers={"Cookie": cookie})).status_code == 200
    assert (await hub.client.post("/shop/items", headers={"Cookie": cookie})).status_code == 401


async def test_an_error_is_a_page_where_a_person_reads(hub: RunningHub) -> None:
    headers = {**BROWSER, "Cookie": await sign_in(hub)}
    answer = await hub.client.get("/shop/items/5", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "no item 5" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert (await hub.client.get("/nowhere", headers=BROWSER)).headers["content-type"].startswith("text/html")
    assert (await hub.client.get("/nowhere")).json()["code"] == "not_found"


@pytest.mark.parametrize("target", ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/\t/e"])
async def test_signing_in_never_leads_to_another_site(hub: RunningHub, target: str) -> None:
    assert hub.raised.token is not None
    answer = await hub.client.post("/sign-in", data={"token": hub.raised.token.text, "next": target})
    assert answer.headers["location"] == "/"


async def test_a_wrong_token_shows_the_form_again_without_a_cookie(hub: RunningHub) -> None:
    answer = await hub.client.post("/sign-in", data={"token": "hub_wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "hub_wrong" not in answer.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
async def test_another_site_can_sign_nobody_in_or_out(hub: RunningHub, path: str) -> None:
    assert hub.raised.token is not None
    form = {"token": hub.raised.token.text}
    answer = await hub.client.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert (await hub.client.post(path, data=form, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_signing_out_takes_the_cookie_back(hub: RunningHub) -> None:
    answer = await hub.client.post("/sign-out")
    assert answer.headers["set-cookie"].startswith('hub_sign_in="";')


@pytest.mark.parametrize(
    "path", ["%2e%2e/hub-module.toml", "%2e%2e/__init__.py", "shop.css/%2e%2e/%2e%2e/__init__.py", "none.css"]
)
async def test_static_files_are_those_of_the_static_folder_only(hub: RunningHub, path: str) -> None:
    assert (await hub.client.get(f"/static/modules/shop/{path}")).status_code == 404


async def test_the_documentation_page_loads_nothing_from_elsewhere(hub: RunningHub) -> None:
    answer = await hub.client.get("/docs")
    assert answer.status_code == 200
    assert "://" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for path in ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "docs.js", "hub.css"):
        assert (await hub.client.get(f"/static/hub/{path}")).status_code == 200
