"""``hub up`` and ``hub serve`` as processes: what they say, what they refuse, how they end."""

import json
import re
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_websocket

from hub_core.database import connect, parse_url
from hub_core.registry import revoke_tokens
from hub_core.runtime.following import EVERY_SECONDS
from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.sample_modules import SampleModules

SLOW = """
    import asyncio
    from fastapi import APIRouter
    from hub_hookspecs.web import public
    router = APIRouter(dependencies=[public()])

    @router.get("/slow")
    async def slow() -> str:
        open("slow-began", "w").close()
        await asyncio.sleep(1.5)
        return "finished"
"""


def test_up_serves_reports_and_shows_its_token_once(samples: SampleModules, database_url: str, tmp_path: Path) -> None:
    samples.install("broken", {"__init__.py": "raise ZeroDivisionError('at import')"})
    variables: dict[str, Any] = {"HUB_DATABASE_URL": database_url}
    with serving(tmp_path, path=samples.site, variables=variables) as hub:
        token = hub.read_until(r"^token: (hub_\S{43})$")
        assert "notes: ran notes_0001" in hub.output
        assert hub.read_until(r"^(broken +1\.0 .*failed: import \(ZeroDivisionError\))")
        assert hub.read_until(r"^(notes +\d.* enabled +\d+ ms)")
        with hub.client(token) as client:
            note = client.post("/api/v1/notes/notes", json={"title": "kept", "text": ""}).json()
        with hub.client() as stranger:
            assert stranger.get("/api/v1/modules").status_code == 401
            assert stranger.get("/api/v1/broken/x").status_code == 503
        listed = run_hub(tmp_path, "list", "--json", path=samples.site, **variables)
        told = {module["name"]: module for module in json.loads(listed.stdout)}
        assert (told["broken"]["conditions"], told["broken"]["reasons"][0]["code"]) == (["failed"], "failed_import")
        assert told["notes"]["conditions"] == []
        timed = run_hub(tmp_path, "list", "--timing", "--json", path=samples.site, **variables)
        times = {module["name"]: (module["import_ms"], module["start_ms"]) for module in json.loads(timed.stdout)}
        assert times["notes"][0] > 0
        assert times["broken"] == (None, None)
        assert re.search(
            r"^notes +\d.* enabled +\d+ ms ", run_hub(tmp_path, "list", "--timing", **variables).stdout, re.MULTILINE
        )
        assert hub.stop() == 130
        first_log = hub.log.read_text()
        assert token not in first_log
        assert "ZeroDivisionError: at import" in first_log
        assert any(json.loads(line).get("module") == "notes" for line in first_log.splitlines() if line.startswith("{"))
    with serving(tmp_path, path=samples.site, variables=variables) as hub:
        assert "hub up --new-token" in hub.read_until(r"^(sign in at .*)$")
        assert "install notes" not in hub.output
        assert "token: " not in hub.output
        with hub.client(token) as client:
            assert client.get(f"/api/v1/notes/notes/{note['id']}").json()["title"] == "kept"
        assert hub.stop(signal.SIGTERM) == 0
    with serving(tmp_path, "up", "--yes", "--new-token", path=samples.site, variables=variables) as hub:
        renewed = hub.read_until(r"^token: (hub_\S{43})$")
        with hub.client(token) as old, hub.client(renewed) as new:
            assert old.get("/api/v1/modules").status_code == 401
            assert new.get("/api/v1/modules").status_code == 200


def test_serve_serves_what_up_recorded_and_changes_nothing(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    variables: dict[str, Any] = {"HUB_DATABASE_URL": database_url}
    refused = run_hub(tmp_path, "serve", "--port", "0", **variables)
    assert refused.returncode == 1
    assert "remedy: Run `hub up`" in refused.stderr
    with serving(tmp_path, variables=variables) as first:
        token = first.read_until(r"^token: (\S+)$")
        samples.install("late", {"routes/api/slow.py": SLOW})
        with (
            serving(tmp_path, "serve", path=samples.site, variables=variables) as second,
            second.client(token) as client,
        ):
            assert client.post("/api/v1/notes/notes", json={"title": "by serve", "text": ""}).status_code == 201
            assert client.get("/api/v1/late/slow").status_code == 404
            late = client.get("/api/v1/modules/late").json()
            assert (late["state"], late["conditions"]) == ("available", [])
            with connect(parse_url(database_url)) as connection:
                revoke_tokens(connection)
                connection.commit()
            until = time.monotonic() + 3 * EVERY_SECONDS
            while client.get("/api/v1/modules").status_code != 401:
                assert time.monotonic() < until, "a revoked token is still taken"


def test_up_says_the_same_as_json_on_one_line(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("broken", {"__init__.py": "raise ZeroDivisionError('at import')"})
    with serving(tmp_path, "up", "--yes", "--json", path=samples.site) as hub:
        report = json.loads(hub.output)
        modules = {module["name"]: module for module in report["modules"]}
        assert modules["notes"]["state"] == "enabled"
        assert modules["notes"]["load_ms"] > 0
        assert modules["broken"]["conditions"] == ["failed"]
        assert "ZeroDivisionError: at import" in report["errors"][0]
        with hub.client(report["token"]) as client:
            assert client.get("/api/v1/modules").status_code == 200
    migrated = run_hub(tmp_path, "migrate", "--json", path=samples.site)
    assert json.loads(migrated.stdout) == {"migrated": [], "backups": [], "errors": []}


def test_a_lost_hub_toml_changes_nothing_and_is_written_again(tmp_path: Path) -> None:
    document = "[modules.notes]\nenabled = false\n\n[modules.payments]\nenabled = true\n"
    (tmp_path / "hub.toml").write_text(document)
    with serving(tmp_path) as hub:
        hub.stop()
    (tmp_path / "hub.toml").unlink()
    with serving(tmp_path) as hub, hub.client() as client:
        assert client.get("/api/v1/notes/notes").status_code == 404
        assert client.get("/api/v1/payments/intents").status_code == 401
    assert (tmp_path / "hub.toml").read_text() == document


def test_ctrl_c_lets_running_requests_finish(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("slow", {"routes/api/slow.py": SLOW})
    answers: list[httpx2.Response] = []
    with serving(tmp_path, path=samples.site) as hub:
        request = threading.Thread(
            target=lambda: answers.append(httpx2.get(f"{hub.address}/api/v1/slow/slow", timeout=30))
        )
        request.start()
        while not (tmp_path / "slow-began").exists():
            assert request.is_alive()
        assert hub.stop() == 130
        request.join()
    assert [answer.json() for answer in answers] == ["finished"]


LIVE = """
    from fastapi import APIRouter, WebSocket
    from hub_hookspecs.web import public, requires
    router = APIRouter()

    @router.websocket("/open", dependencies=[public()])
    async def open_to_all(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    @router.websocket("/guarded", dependencies=[requires("live.see")])
    async def guarded(socket: WebSocket) -> None:
        await socket.accept()
"""


def test_websockets_are_served_and_guarded_before_they_are_accepted(samples: SampleModules, tmp_path: Path) -> None:
    manifest = '[[permissions]]\nname = "live.see"\ntitle = "See"\n'
    samples.install("live", {"routes/api/live.py": LIVE}, manifest=manifest)
    with serving(tmp_path, path=samples.site) as hub:
        address = hub.address.replace("http:", "ws:") + "/api/v1/live"
        with connect_websocket(f"{address}/open", proxy=None) as socket:
            assert socket.recv() == "hello"
        with pytest.raises(InvalidStatus) as refused, connect_websocket(f"{address}/guarded", proxy=None):
            pass
        assert refused.value.response.status_code == 401
        assert b"not_signed_in" in (refused.value.response.body or b"")


def test_a_taken_port_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run_hub(tmp_path, "up", "--yes", "--port", str(port))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"error: cannot listen on 127.0.0.1:{port}\ncause: Address already in use\n"
        f"remedy: Stop what listens there, or choose another port: --port {port + 1}\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    refused = run_hub(tmp_path, "up", "--yes", "--port", "0", HUB_STATE_DIR="/proc/none")
    assert refused.returncode == 1
    assert "error: cannot make the folder /proc/none\n" in refused.stderr
    assert "HUB_STATE_DIR" in refused.stderr


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root:s3cret@localhost/hub", "mysql"),
        ("postgresql://hub:s3cret@127.0.0.1:9/hub", "127.0.0.1:9"),
        ("sqlite:////nowhere/at/all/hub.db", "/nowhere/at/all"),
        ("nonsense", "it is not a URL"),
    ],
)
def test_a_wrong_database_url_is_told_without_its_password(url: str, told: str, tmp_path: Path) -> None:
    refused = run_hub(tmp_path, "up", "--yes", "--port", "0", HUB_DATABASE_URL=url)
    assert refused.returncode == 1
    assert told in refused.stderr
    assert "remedy: " in refused.stderr
    assert "s3cret" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_a_terminal_and_without_yes_the_plan_is_shown_and_nothing_of_a_module_is_done(tmp_path: Path) -> None:
    refused = run_hub(tmp_path, "up", "--port", "0")
    assert refused.returncode == 2
    assert "install notes" in refused.stdout
    assert "add --yes" in refused.stderr
    assert json.loads(run_hub(tmp_path, "list", "--json").stdout)[0]["state"] == "available"
    assert not (tmp_path / "hub.toml").exists()


def test_migrate_migrates_and_history_tells_it(database_url: str, tmp_path: Path) -> None:
    variables: dict[str, Any] = {"HUB_DATABASE_URL": database_url}
    with serving(tmp_path, variables=variables) as hub:
        hub.stop()
    done = run_hub(tmp_path, "migrate", **variables)
    assert (done.returncode, done.stdout) == (0, "every enabled module is at its newest revision\n")
    rows = json.loads(run_hub(tmp_path, "history", "notes", "--json", **variables).stdout)
    assert [(row["from"], row["to"], row["outcome"]) for row in rows] == [
        (None, "notes_0001", "done"),
        ("notes_0001", "notes_0002", "done"),
    ]
    assert "billing_0001" in run_hub(tmp_path, "history", **variables).stdout
