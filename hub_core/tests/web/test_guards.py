"""Guards: who may call is settled before anything of the request is read."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules

MANIFEST = '[[permissions]]\nname = "shop.item.write"\ntitle = "Write"\n'
ROUTES = """
    from fastapi import APIRouter, WebSocket
    from pydantic import BaseModel
    from hub_hookspecs.web import CurrentPrincipal, public, requires

    router = APIRouter()

    class Item(BaseModel):
        name: str

    @router.post("/items", dependencies=[requires("shop.item.write")])
    async def add(item: Item, principal: CurrentPrincipal) -> dict[str, str]:
        return {"name": item.name, "by": principal.id}

    @router.get("/open", dependencies=[public()])
    async def see(principal: CurrentPrincipal) -> dict[str, str]:
        return {"by": principal.id}

    @router.websocket("/live", dependencies=[requires("shop.item.write")])
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()
"""


@pytest.fixture(autouse=True)
def shop(samples: SampleModules) -> None:
    samples.install("shop", {"routes/api/items.py": ROUTES}, manifest=MANIFEST)


async def test_a_wrong_body_without_a_token_is_401_and_the_body_is_not_read(hub: RunningHub) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b"not json"

    answer = await hub.client.post("/api/v1/shop/items", content=body())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "not_signed_in"
    assert not read


async def test_a_wrong_body_without_the_permission_is_403_naming_it(hub: RunningHub) -> None:
    answer = await hub.as_principal("shop.item.read").post("/api/v1/shop/items", content=b"not json")
    assert answer.status_code == 403
    assert "shop.item.write" in answer.json()["detail"]


async def test_a_wrong_body_with_the_permission_is_422_naming_the_field(hub: RunningHub) -> None:
    answer = await hub.as_principal("shop.*").post("/api/v1/shop/items", json={"nome": "secret-value"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == ["body", "name"]
    assert "secret-value" not in answer.text


async def test_a_right_body_with_the_permission_is_served_to_the_principal(hub: RunningHub) -> None:
    answer = await hub.as_principal("shop.item.write", name="ada").post("/api/v1/shop/items", json={"name": "tea"})
    assert answer.status_code == 200
    assert answer.json()["by"].startswith("ada-")


async def test_a_public_route_serves_nobody_in_particular(hub: RunningHub) -> None:
    assert (await hub.client.get("/api/v1/shop/open")).json() == {"by": "anonymous"}
    assert (await hub.as_superuser.get("/api/v1/shop/open")).json() == {"by": "superuser"}


@pytest.mark.parametrize("token", ["", "wrong", "hub_" + "x" * 43, "é", "x" * 5000])
async def test_a_wrong_token_is_401(hub: RunningHub, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    assert (await hub.client.post("/api/v1/shop/items", headers=headers)).status_code == 401


async def test_the_cookie_does_not_open_the_api(hub: RunningHub) -> None:
    assert hub.raised.token is not None
    signed_in = await hub.client.post("/sign-in", data={"token": hub.raised.token.text})
    cookie = signed_in.headers["set-cookie"].split(";")[0]
    for method, path in [("GET", "/api/v1/modules"), ("POST", "/api/v1/shop/items")]:
        assert (await hub.client.request(method, path, headers={"Cookie": cookie})).status_code == 401


async def test_a_websocket_is_refused_before_it_is_accepted(hub: RunningHub) -> None:
    assert hub.raised.token is not None
    client = TestClient(hub.app)
    with pytest.raises((WebSocketDisconnect, Exception)) as refused, client.websocket_connect("/api/v1/shop/live"):
        pass
    assert getattr(refused.value, "status_code", None) == 401 or getattr(refused.value, "code", None) == 1008
    headers = {"Authorization": f"Bearer {hub.raised.token.text}"}
    with client.websocket_connect("/api/v1/shop/live", headers=headers) as socket:
        assert socket.receive_text() == "hello"


async def test_405_names_the_methods_that_work(hub: RunningHub) -> None:
    answer: httpx2.Response = await hub.as_superuser.delete("/api/v1/shop/items")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
