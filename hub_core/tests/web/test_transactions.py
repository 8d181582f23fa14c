"""The end of a request's transaction: what was answered is what is stored, on both databases."""

import pytest

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules

MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy import ForeignKey
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        metadata = module_metadata("ledger")

    class Entry(Base):
        __tablename__ = "ledger_entry"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent: Mapped[int | None] = mapped_column(
            ForeignKey("ledger_entry.id", deferrable=True, initially="DEFERRED")
        )
"""
REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "ledger_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table(
            "ledger_entry",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(
                "parent", sa.Integer, sa.ForeignKey("ledger_entry.id", deferrable=True, initially="DEFERRED")
            ),
        )
"""
ROUTES = """
    import asyncio
    from collections.abc import AsyncIterator

    from fastapi import APIRouter, BackgroundTasks, HTTPException
    from fastapi.responses import JSONResponse, StreamingResponse
    from hub_hookspecs import Conflict
    from hub_hookspecs.web import Session, public
    from sample_ledger.models import Entry
    from sqlalchemy import select

    router = APIRouter(dependencies=[public()])
    noted: list[str] = []

    @router.get("/entries")
    async def entries(session: Session) -> list[int]:
        return list(await session.scalars(select(Entry.id).order_by(Entry.id)))

    @router.post("/entries/{number}")
    async def add(number: int, session: Session, parent: int | None = None) -> dict[str, int]:
        session.add(Entry(id=number, parent=parent))
        await session.flush()
        return {"id": number}

    @router.post("/handled/{number}")
    async def handled(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()
        raise HTTPException(400, "no")

    @router.post("/problem/{number}")
    async def problem(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()
        raise Conflict("taken", number=number)

    @router.post("/returned/{number}")
    async def returned(number: int, session: Session) -> JSONResponse:
        session.add(Entry(id=number))
        return JSONResponse({}, 418)

    @router.post("/bug/{number}")
    async def bug(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()
        raise ZeroDivisionError("a secret in a bug")

    @router.post("/exit/{number}")
    async def exit(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()
        raise SystemExit(3)

    @router.post("/cancelled/{number}")
    async def cancelled(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()
        raise asyncio.CancelledError

    @router.post("/base/{number}")
    async def base(number: int, session: Session) -> None:
        class Odd(BaseException): ...
        session.add(Entry(id=number))
        await session.flush()
        raise Odd

    @router.get("/writes-on-get/{number}")
    async def writes_on_get(number: int, session: Session) -> None:
        session.add(Entry(id=number))
        await session.flush()

    @router.post("/later/{number}")
    async def later(number: int, session: Session, tasks: BackgroundTasks) -> None:
        async def write() -> None:
            try:
                session.add(Entry(id=number + 1))
                await session.flush()
                noted.append("written")
            except Exception as error:
                noted.append(type(error).__name__)
                raise
        session.add(Entry(id=number))
        tasks.add_task(write)

    @router.get("/noted")
    async def what_was_noted() -> list[str]:
        return noted

    @router.post("/stream/{number}")
    async def stream(number: int, session: Session) -> StreamingResponse:
        session.add(Entry(id=number))
        async def lines() -> AsyncIterator[str]:
            yield "first"
            yield str(len(list(await session.scalars(select(Entry.id)))))
        return StreamingResponse(lines())
"""


@pytest.fixture(autouse=True)
def ledger(samples: SampleModules) -> None:
    files = {"models/__init__.py": MODELS, "migrations/versions/ledger_0001_entry.py": REVISION}
    samples.install("ledger", {**files, "routes/api/entries.py": ROUTES})


async def entries(hub: RunningHub) -> list[int]:
    answer = await hub.client.get("/api/v1/ledger/entries")
    assert answer.status_code == 200, answer.text
    found: list[int] = answer.json()
    return found


async def test_what_is_answered_with_200_is_stored(hub: RunningHub) -> None:
    assert (await hub.client.post("/api/v1/ledger/entries/1")).status_code == 200
    assert await entries(hub) == [1]


async def test_a_commit_that_fails_is_never_2xx_and_leaves_nothing(hub: RunningHub) -> None:
    answer = await hub.client.post("/api/v1/ledger/entries/1?parent=99")
    assert answer.status_code == 409
    assert answer.json()["code"] == "commit_conflict"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert await entries(hub) == []


async def test_the_sessions_after_a_failed_commit_are_clean(hub: RunningHub) -> None:
    for _ in range(25):  # more than the pool has connections
        assert (await hub.client.post("/api/v1/ledger/entries/1?parent=99")).status_code == 409
    for number in range(2, 27):
        assert (await hub.client.post(f"/api/v1/ledger/entries/{number}")).status_code == 200
    assert await entries(hub) == list(range(2, 27))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("handled", 400),
        ("problem", 409),
        ("returned", 418),
        ("bug", 500),
        ("exit", 500),
        ("cancelled", 500),
        ("base", 500),
    ],
)
async def test_an_answer_of_400_or_more_keeps_nothing(hub: RunningHub, path: str, status: int) -> None:
    answer = await hub.client.post(f"/api/v1/ledger/{path}/1")
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert await entries(hub) == []


async def test_a_problem_is_prefixed_with_its_module_and_keeps_its_facts(hub: RunningHub) -> None:
    answer = await hub.client.post("/api/v1/ledger/problem/7")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() | {"request_id": ""} == {
        "number": 7,
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "taken",
        "code": "ledger.conflict",
        "request_id": "",
    }


async def test_a_get_cannot_write(hub: RunningHub) -> None:
    assert (await hub.client.get("/api/v1/ledger/writes-on-get/1")).status_code >= 500
    assert await entries(hub) == []


async def test_after_the_response_has_started_the_session_only_reads(hub: RunningHub) -> None:
    await hub.client.post("/api/v1/ledger/later/1")
    assert await entries(hub) == [1]
    noted = (await hub.client.get("/api/v1/ledger/noted")).json()
    assert len(noted) == 1
    assert noted != ["written"]


async def test_a_stream_reads_what_its_request_committed(hub: RunningHub) -> None:
    assert (await hub.client.post("/api/v1/ledger/stream/1")).text == "first1"


async def test_the_same_row_twice_is_a_conflict_and_the_first_is_kept(hub: RunningHub) -> None:
    await hub.client.post("/api/v1/ledger/entries/1")
    assert (await hub.client.post("/api/v1/ledger/entries/1")).status_code >= 400
    assert await entries(hub) == [1]
