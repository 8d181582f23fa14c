"""WebSockets: guarded before they are accepted, and their transaction ends with them, on both databases."""

from pathlib import Path
from typing import Any

import pytest

from hub_core.access import cookie_of
from hub_core.testing.running_hub import ADDRESS, RunningHub
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

MANIFEST = '[[permissions]]\nname = "chat.line.write"\ntitle = "Write"\n'
MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    class Base(DeclarativeBase):
        metadata = module_metadata("chat")
    class Line(Base):
        __tablename__ = "chat_line"
        id: Mapped[int] = mapped_column(primary_key=True)
"""
REVISION = """
    import sqlalchemy as sa
    from alembic import op
    revision = "chat_0001"
    down_revision = None
    def upgrade() -> None:
        op.create_table("chat_line", sa.Column("id", sa.Integer, primary_key=True))
"""
ROUTES = """
    from fastapi import APIRouter, WebSocket
    from hub_hookspecs.web import CurrentPrincipal, Session, public, requires
    from sample_chat.models import Line
    from sqlalchemy import func, select
    router = APIRouter()

    @router.websocket("/lines", dependencies=[requires("chat.line.write")])
    async def lines(socket: WebSocket, session: Session, principal: CurrentPrincipal) -> None:
        await socket.accept()
        while (text := await socket.receive_text()) not in ("end", "end with a bug"):
            session.add(Line(id=int(text)))
            await session.flush()
            await socket.send_text(principal.id)
        await socket.close()
        if text == "end with a bug":
            raise ZeroDivisionError

    @router.get("/counted", dependencies=[public()])
    async def counted(session: Session) -> int:
        return await session.scalar(select(func.count(Line.id)))
"""
Message = dict[str, Any]


@pytest.fixture(autouse=True)
def chat(samples: SampleModules, tmp_path: Path) -> None:
    files = {"models/__init__.py": MODELS, "migrations/versions/chat_0001.py": REVISION, "routes/api/lines.py": ROUTES}
    samples.install("chat", files, manifest=MANIFEST)
    only(tmp_path, "chat")


async def talk(hub: RunningHub, *texts: str, headers: dict[str, str], denial: bool = True) -> list[Message]:
    """What the hub sends to a client that sends ``texts`` and goes away."""
    incoming: list[Message] = [{"type": "websocket.connect"}]
    incoming += [{"type": "websocket.receive", "text": text} for text in texts]
    incoming += [{"type": "websocket.disconnect", "code": 1001}] * 2
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        assert not sent or sent[-1]["type"] != "websocket.close", "nothing follows the end"
        sent.append(dict(message))

    scope = {
        "type": "websocket", "path": "/api/v1/chat/lines", "raw_path": b"/api/v1/chat/lines", "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()], "scheme": "ws",
        "server": ("hub.test", 80), "client": ("test", 1), "subprotocols": [], "asgi": {"version": "3.0"},
        "extensions": {"websocket.http.response": {}} if denial else {},
    }  # fmt: skip
    await hub.app(scope, receive, send)
    return sent


async def counted(hub: RunningHub) -> int:
    found: int = (await hub.client.get("/api/v1/chat/counted")).json()
    return found


async def test_a_websocket_is_refused_before_it_is_accepted(hub: RunningHub) -> None:
    assert hub.raised.token is not None
    cookie = f"hub_sign_in={cookie_of(hub.raised.token.text)}"
    nobody = hub.as_principal().headers["authorization"]
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer hub_wrong"}, 401),
        ({"Cookie": cookie, "Origin": ADDRESS}, 401),
        ({"Authorization": nobody}, 403),
    ):
        first, *rest = await talk(hub, "1", "end", headers=headers)
        assert (first["type"], first["status"]) == ("websocket.http.response.start", status)
        assert (b"content-type", b"application/problem+json") in first["headers"]
        assert [message["type"] for message in rest] == ["websocket.http.response.body"]
        (closed,) = await talk(hub, "1", "end", headers=headers, denial=False)
        assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert await counted(hub) == 0


async def test_its_transaction_is_committed_at_a_normal_end_and_else_rolled_back(
    hub: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    writer = {"Authorization": hub.as_principal("chat.line.write", name="ada").headers["authorization"]}
    sent = await talk(hub, "1", "2", "end", headers=writer)
    assert [message["type"].partition(".")[2] for message in sent] == ["accept", "send", "send", "close"]
    assert sent[1]["text"].startswith("ada-")
    assert await counted(hub) == 2
    gone = await talk(hub, "3", headers=writer)
    assert [message["type"] for message in gone] == ["websocket.accept", "websocket.send"]
    bugs = [line for line in caplog.records if not line.name.endswith("loop_watch")]  # a machine may be slow
    assert bugs == [], "a client that goes away is no bug"
    for wrong in ("no number", "1"):
        *_, last = await talk(hub, "4", wrong, "end", headers=writer)
        assert (last["type"], last["code"]) == ("websocket.close", 1011)
    *_, last = await talk(hub, "5", "end with a bug", headers=writer)
    assert last["type"] == "websocket.close"
    assert "a request ended in a bug: ZeroDivisionError" in caplog.text
    assert await counted(hub) == 2
