"""Ten modules bad at import, ten at start, ten at request, beside notes: notes commits and reads 100 of 100 throughout."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from hub_core.tests.cli.hub_processes import HubProcess, run_hub, serving
from hub_core.tests.loading.bad_modules import BAD_MODULES
from hub_core.tests.sample_modules import SampleModules

AT_IMPORT = (
    "raises",
    "exits in order",
    "interrupts",
    "ends the process",
    "crashes",
    "recurses",
    "lacks a library",
    "cannot be parsed",
    "aborts",
    "kills itself",
)
LIFESPAN = """
    import asyncio, time
    from hub_hookspecs import hookimpl

    @hookimpl
    async def hub_lifespan(context):
        {}
        yield
"""
AT_START = {
    "raises": "raise OSError('no line')",
    "exits": "raise SystemExit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "cancels": "raise asyncio.CancelledError",
    "hangs": "await asyncio.sleep(600)",
    "blocks": "time.sleep(1.5); raise RuntimeError('late')",
    "ends": "return",
    "recurses": "(lambda f: f(f))(lambda f: f(f))",
    "divides": "1 / 0",
    "cannot_be_told": "raise type('Odd', (BaseException,), {'__str__': lambda self: 1 / 0})",
}
ROUTES = """
    import asyncio, logging, sys, time
    from fastapi import APIRouter
    from hub_hookspecs import Problem
    from hub_hookspecs.web import Session, public
    from sqlalchemy import text

    router = APIRouter(dependencies=[public()])
    kept = []

    def nested(depth):
        return nested(depth + 1)

    async def exits():
        raise SystemExit(5)

    @router.get("/go")
    async def go(session: Session):
        {}
"""
AT_REQUEST = {
    "raises": "raise ZeroDivisionError('in the shop')",
    "exits": "raise SystemExit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "cancels": "raise asyncio.CancelledError",
    "recurses": "nested(0)",
    "blocks": "time.sleep(2)",
    "exits_behind": "kept.append(asyncio.create_task(exits()))",
    "answers_nonsense": "return object()",
    "fails_sql": "await session.execute(text('SELECT nothing FROM nowhere'))",
    "floods_the_log": "[logging.getLogger('flood').warning('line %d', n) for n in range(20000)]",
}
REQUESTS = 100


def install(samples: SampleModules) -> None:
    for number, way in enumerate(AT_IMPORT):
        samples.install(f"import_{number}", {"__init__.py": BAD_MODULES[way].source})
    for way, body in AT_START.items():
        samples.install(f"start_{way}", {"__init__.py": LIFESPAN.format(body)})
    for way, body in AT_REQUEST.items():
        samples.install(f"request_{way}", {"routes/api/a.py": ROUTES.format(body)})


def write_and_read(client: httpx2.Client, count: int) -> int:
    """How many notes were written, and read again as they were written."""
    done = 0
    for number in range(count):
        written = client.post("/api/v1/notes/notes", json={"title": f"note {number}", "text": "kept"})
        if written.status_code == 201:
            read = client.get(f"/api/v1/notes/notes/{written.json()['id']}")
            done += read.json()["title"] == f"note {number}"
    return done


def test_notes_serves_all_of_them_while_thirty_others_fail(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    install(samples)
    names = [path.name.removeprefix("sample_") for path in samples.site.iterdir() if not path.suffix]
    (tmp_path / "hub.toml").write_text(
        "[hub]\nstart_seconds = 3.0\n" + "".join(f"[modules.{name}]\nenabled = true\n" for name in (*names, "notes"))
    )
    variables = {"HUB_DATABASE_URL": database_url}
    with serving(tmp_path, path=samples.site, variables=variables) as hub:
        token = hub.read_until(r"^token: (hub_\S{43})$")
        with hub.client(token) as client:
            assert write_and_read(client, REQUESTS) == REQUESTS
            for way in AT_REQUEST:
                during(hub, token, way)
            assert write_and_read(client, REQUESTS) == REQUESTS
            listed = client.get("/api/v1/modules").json()
            assert client.get("/health/ready").json()["status"] == "degraded"
        assert hub.process.poll() is None
        said_to_be_bad(listed)
        assert re.search(
            "request_blocks blocks the event loop: sample_request_blocks/routes/api/a.py", hub.log.read_text()
        )
        assert hub.stop() == 130
    checked = json.loads(run_hub(tmp_path, "check", "--json", path=samples.site, **variables).stdout)
    texts = [reason["text"] for module in checked["modules"] for reason in module["reasons"]]
    assert len(set(texts)) == len(AT_IMPORT)


def during(hub: HubProcess, token: str, way: str) -> None:
    """Let one module do its worst while notes are written and read."""
    with hub.client(token) as client, hub.client(token) as other, ThreadPoolExecutor() as pool:
        bad = pool.submit(other.get, f"/api/v1/request_{way}/go")
        assert write_and_read(client, REQUESTS) == REQUESTS, way
        assert bad.result().status_code in (200, 500, 503), way


def said_to_be_bad(listed: list[dict[str, object]]) -> None:
    told = {str(module["name"]): module for module in listed}
    failed = {name for name, module in told.items() if {"failed", "quarantined"} & set(module["conditions"])}  # type: ignore[call-overload]
    starting = {f"start_{way}" for way in AT_START}
    assert failed >= {f"import_{number}" for number in range(len(AT_IMPORT))} | starting
    reasons = {str(told[name]["reasons"]) for name in failed}
    assert len(reasons) == len(failed), "each has a reason of its own"
