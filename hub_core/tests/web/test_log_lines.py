"""What a hub logs, seen from outside at the most talkative level: whose line it is, and no credential in any."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from hub_core.access import cookie_of
from hub_core.tests.cli.hub_processes import serving
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

ROUTES = """
    import logging
    import structlog
    from fastapi import APIRouter, BackgroundTasks
    from hub_hookspecs.web import Session, public
    from sqlalchemy import text
    router = APIRouter(dependencies=[public()])
    log = logging.getLogger(__name__)

    @router.post("/talk")
    def talk(tasks: BackgroundTasks) -> None:
        log.info("from a thread")
        tasks.add_task(log.warning, "from a background task")
        structlog.get_logger("shop").info("from structlog", colour="red")

    @router.post("/refused")
    async def refused(value: str, session: Session) -> None:
        await session.execute(text("SELECT :value FROM shop_nothing"), {"value": value})

    @router.get("/bug")
    async def bug() -> None:
        raise ZeroDivisionError("in the shop")
"""
FAILING = """
import logging, pathlib, sys
from hub_core.logs import set_up_logging
from hub_core.settings import read_settings

set_up_logging(read_settings(pathlib.Path("/nowhere"), log_format=sys.argv[1]))
password = "s3cret-" + "word"
try:
    raise ValueError("the cause")
except ValueError:
    logging.getLogger("shop").exception("it failed")
"""
ID = "this-request-1"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Token, standard output and log of one hub that was used in every way, at level debug."""
    folder = tmp_path_factory.mktemp("logged")
    samples = SampleModules(folder / "site")
    samples.site.mkdir()
    samples.install("shop", {"routes/api/talk.py": ROUTES})
    only(folder, "notes", "shop")
    variables = {"HUB_LOG_LEVEL": "debug", "HUB_LOG_FORMAT": "json", "PYTHONASYNCIODEBUG": "1"}
    with serving(folder, path=samples.site, variables=variables) as hub:
        token = hub.read_until(r"^token: (hub_\S{43})$")
        use(hub.address, token, hub.client)
        hub.stop()
        yield token, hub.output, hub.log.read_text()


def use(address: str, token: str, client_of: Any) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nno header\r\n\r\n".encode())
        raw.recv(1000)
    with client_of() as client:
        form = {"token": token, "next": "/notes"}
        cookie = client.post("/sign-in", data=form).headers["set-cookie"].split(";")[0]
        client.get("/notes", headers={"Cookie": cookie})
        client.post("/sign-in", data={"token": token[:-1]})
        client.post("/sign-in", json=form)
        client.get(f"/notes?token={token}&after={token}")
    with client_of(token) as client:
        client.post("/api/v1/notes/notes", json={"title": "s3cret-note", "text": token})
        client.post("/api/v1/notes/notes", json={"title": token})
        client.get(f"/api/v1/notes/notes?after={token}")
        client.get("/api/v1/shop/bug", headers={"X-Request-Id": ID})
        client.post("/api/v1/shop/talk", headers={"X-Request-Id": ID})
        client.post("/api/v1/shop/refused?value=s3cret-note")
        client.get("/health/live", headers={"X-Request-Id": f"{ID}-of-the-core"})


def test_no_line_holds_the_token_or_its_cookie(ran: tuple[str, str, str]) -> None:
    token, output, log = ran
    assert "debug" in log
    assert output.count(token) == 1
    for secret in (token, token[4:], cookie_of(token)):
        assert secret not in log


def test_no_line_holds_what_was_written_to_the_database(ran: tuple[str, str, str]) -> None:
    assert "s3cret-note" not in ran[2]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_traceback_is_logged_without_local_variables(log_format: str) -> None:
    command = [sys.executable, "-c", FAILING, log_format]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "it failed" in log
    assert "the cause" in log
    assert "s3cret-word" not in log


def test_every_line_is_one_json_object_with_time_level_and_logger(ran: tuple[str, str, str]) -> None:
    for line in ran[2].splitlines():
        assert {"event", "level", "logger", "timestamp"} <= set(json.loads(line)), line


def test_every_line_of_a_request_says_its_id_and_its_module(ran: tuple[str, str, str]) -> None:
    lines = [json.loads(line) for line in ran[2].splitlines()]
    own = {line["event"]: line for line in lines if line.get("request_id") == ID}
    assert set(own) >= {
        "from a thread", "from structlog", "from a background task", "request", "a request ended in a bug: ZeroDivisionError"
    }  # fmt: skip
    assert {line["module"] for line in own.values()} == {"shop"}
    assert own["from structlog"]["colour"] == "red"
    assert "in the shop" in str(own["a request ended in a bug: ZeroDivisionError"])
    assert {line["module"] for line in lines if line.get("request_id") == f"{ID}-of-the-core"} == {"hub"}
    requests = [line for line in lines if line["logger"] == "hub_core.web.requests"]
    assert all({"request_id", "module", "method", "path", "status", "ms"} <= set(line) for line in requests)
    assert len(requests) == 12
