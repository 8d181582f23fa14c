"""What an error answers: a problem with a code and a request id, and nothing of what is behind it, on both databases."""

from pathlib import Path

import httpx2
import pytest

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

SECRET = "s3cret-that-was-sent"
INTERNALS = (
    "Traceback",
    'File "',
    ".py",
    "site-packages",
    "/tmp",
    "SELECT",
    "INSERT",
    "sqlite",
    "psycopg",
    "sqlalchemy",
)
JSON = {"Content-Type": "application/json"}
MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy import BigInteger, String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        metadata = module_metadata("frail")

    class Row(Base):
        __tablename__ = "frail_row"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(200), unique=True)
        number: Mapped[int] = mapped_column(BigInteger)
"""
REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "frail_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table(
            "frail_row",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(200), unique=True, nullable=False),
            sa.Column("number", sa.BigInteger, nullable=False),
        )
"""
ROUTES = f"""
    from fastapi import APIRouter, HTTPException
    from hub_hookspecs.web import Session, public
    from pydantic import BaseModel, ConfigDict
    from sample_frail.models import Row
    from sqlalchemy import select, text

    router = APIRouter(dependencies=[public()])

    class Wanted(BaseModel):
        model_config = ConfigDict(extra="forbid")
        name: str
        number: int = 0

    @router.post("/rows", status_code=201)
    async def add(wanted: Wanted, session: Session) -> int:
        row = Row(name=wanted.name, number=wanted.number)
        session.add(row)
        await session.flush()
        return row.id

    @router.get("/rows")
    async def numbered(number: int, session: Session) -> list[str]:
        return list(await session.scalars(select(Row.name).where(Row.number == number)))

    @router.get("/bug")
    async def bug() -> None:
        raise RuntimeError("SELECT {SECRET} FROM " + __file__)

    @router.get("/wrong-sql")
    async def wrong_sql(session: Session) -> None:
        await session.execute(text("SELECT '{SECRET}' FROM frail_nothing"))

    @router.get("/lone-surrogate")
    async def lone_surrogate() -> None:
        raise HTTPException(404, "\\ud800")

    @router.get("/structured")
    async def structured() -> None:
        raise HTTPException(404, {{"inner": "{SECRET}"}})
"""


@pytest.fixture(autouse=True)
def frail(samples: SampleModules, tmp_path: Path) -> None:
    files = {"models/__init__.py": MODELS, "migrations/versions/frail_0001_row.py": REVISION}
    samples.install("frail", {**files, "routes/api/rows.py": ROUTES, "routes/pages/rows.py": ROUTES})
    only(tmp_path, "frail")


def assert_tells_nothing(answer: httpx2.Response) -> None:
    told = answer.text + str(answer.headers)
    assert [word for word in (*INTERNALS, SECRET) if word in told] == []


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a problem that is complete and says nothing of what is behind it."""
    assert_tells_nothing(answer)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, problem["code"]


async def test_what_the_database_refuses_is_a_clean_answer(hub: RunningHub) -> None:
    post = hub.client.post
    for value in (2**63, -(2**63) - 1, 10**30):
        assert code_of(await post("/api/v1/frail/rows", json={"name": SECRET, "number": value})) == (
            422,
            "value_refused",
        )
    with_nul = await post("/api/v1/frail/rows", json={"name": f"{SECRET}\0"})
    if hub.inner.database.url.kind == "postgresql":
        assert code_of(with_nul) == (422, "value_refused")
        too_long = await post("/api/v1/frail/rows", json={"name": SECRET * 20})
        assert code_of(too_long) == (422, "value_refused")
    else:
        assert with_nul.status_code == 201
    assert (await post("/api/v1/frail/rows", json={"name": SECRET, "number": 2**63 - 1})).status_code == 201
    assert code_of(await post("/api/v1/frail/rows", json={"name": SECRET})) == (409, "commit_conflict")
    for value in (2**63 - 1, 2**63, 10**30):
        answer = await hub.client.get(f"/api/v1/frail/rows?number={value}")
        assert answer.status_code == 200 or code_of(answer) == (422, "value_refused")
    assert code_of(await hub.client.get("/api/v1/frail/wrong-sql")) == (500, "internal_error")
    with_limit = await hub.client.get(f"/api/v1/frail/rows?number={'9' * 5000}")
    assert code_of(with_limit) == (422, "validation_failed")


async def test_a_bug_is_a_problem_or_a_page_that_tells_only_the_request_id(sqlite_hub: RunningHub) -> None:
    hub = sqlite_hub
    assert code_of(await hub.client.get("/api/v1/frail/bug")) == (500, "internal_error")
    page = await hub.client.get("/frail/bug", headers={"Accept": "text/html"})
    assert page.status_code == 500
    assert page.headers["x-request-id"] in page.text
    assert_tells_nothing(page)


async def test_what_cannot_be_read_is_4xx_and_not_repeated(sqlite_hub: RunningHub) -> None:
    hub = sqlite_hub
    assert code_of(await hub.client.get("/api/v1/frail/lone-surrogate")) == (422, "value_refused")
    assert code_of(await hub.client.get("/api/v1/frail/structured")) == (404, "not_found")
    for body in (b"", b"{", b"[" * 100_000, b"\xff", b'{"name": NaN}', b'{"name": "\\ud800"}', b'{"\\ud800": 1}'):
        answer = await hub.client.post("/api/v1/frail/rows", content=body, headers=JSON)
        assert code_of(answer)[0] in (400, 422), body
    for wrong in ({"nome": SECRET}, {"name": [SECRET]}, {"name": "", "number": SECRET}, [SECRET], SECRET):
        answer = await hub.client.post("/api/v1/frail/rows", json=wrong)
        assert code_of(answer) == (422, "validation_failed")


HEADERS = (b"Accept", b"Authorization", b"Cookie", b"Content-Type", b"Host", b"X-Request-Id", b"X-Forwarded-For")
PATHS = (
    "/%00", "/%ff%fe", "/api/v1/%00", "/api/v1/frail/%00", "/api/v1/frail/rows/%ff", "/api/v1/frail/" + "a" * 60_000,
    "/static/hub/%00", "/static/hub/" + "a" * 5000, "/static/hub//etc/passwd", "/static/hub/%2e%2e/call.py",
    "/static/modules/%00/%00", "/static/modules/frail/..%2f__init__.py", "/health/modules/%00", "/api/v1/frail/rows?number=%ff",
    "/api/v1/frail/rows?number=%00", "/api/v1/frail/rows?number", "/api/v1/frail/rows?%ff=%ff&" + "a=1&" * 5000,
    "//", "/\\", "/api/v1/frail//rows", "/sign-in/", "/..%2f..%2fetc/passwd",
)  # fmt: skip


async def test_odd_paths_queries_and_headers_are_never_a_bug(sqlite_hub: RunningHub) -> None:
    for path in PATHS:
        answer = await sqlite_hub.client.get(path)
        assert_tells_nothing(answer)
        assert answer.status_code < 400 or code_of(answer)[0] in (400, 404, 422), path
    for name in HEADERS:
        for value in (b"\xff\xfe", b"a\x00b", b"\xc3(", b"x" * 60_000, b"", b"Bearer", b"=;=;;", b"text/html\xff"):
            answer = await sqlite_hub.client.get("/api/v1/frail/nothing", headers={name: value})
            assert code_of(answer) == (404, "not_found"), (name, value)
            page = await sqlite_hub.client.get("/", headers={name: value})
            assert page.status_code == 200, (name, value)


async def test_a_broken_form_is_a_problem(sqlite_hub: RunningHub) -> None:
    kinds = (
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
    )
    for kind in kinds:
        for body in (b"", b"--", b"--x\r\n\r\n", b"token=%ff", b"a=1&" * 5000, b"\x00" * 100):
            answer = await sqlite_hub.client.post("/sign-in", content=body, headers={"Content-Type": kind})
            assert_tells_nothing(answer)
            assert answer.status_code in (400, 401, 422), (kind, body)


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "OPTIONS", "CONNECT", "DELETE", "X" * 300])
async def test_a_method_that_a_path_has_not_is_405_with_those_it_has(sqlite_hub: RunningHub, method: str) -> None:
    allowed = {
        "/": "GET, HEAD",
        "/sign-in": "GET, HEAD, POST",
        "/static/hub/hub.css": "GET, HEAD",
        "/api/v1/frail/rows": "GET, HEAD, POST",
    }
    for path, methods in allowed.items():
        answer = await sqlite_hub.client.request(method, path)
        assert code_of(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == methods, path
    assert code_of(await sqlite_hub.client.request(method, "/nowhere")) == (404, "not_found")


async def test_head_answers_as_get_does(sqlite_hub: RunningHub) -> None:
    paths = (
        "/",
        "/docs",
        "/health/live",
        "/sign-in",
        "/openapi.json",
        "/static/hub/hub.css",
        "/api/v1/frail/rows?number=1",
    )
    for path in (*paths, "/api/v1/modules", "/api/v1/frail/rows", "/nowhere", "/api/v1/frail/bug"):
        get, head = [await sqlite_hub.client.request(method, path) for method in ("GET", "HEAD")]
        assert head.status_code == get.status_code, path
        assert head.headers["content-type"] == get.headers["content-type"], path
        assert head.headers["content-length"] == get.headers["content-length"], path
    assert (await sqlite_hub.client.head("/sign-out")).status_code == 405
    assert "head" not in (await sqlite_hub.client.get("/openapi.json")).json()["paths"]["/health/live"]
