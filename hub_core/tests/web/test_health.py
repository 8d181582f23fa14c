"""Health: live, ready, and each module; a bad module degrades the hub and does not take it down."""

import asyncio

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub_core.runtime import HealthReport
from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules

HEALTH = """
    from hub_hookspecs import Health, HealthStatus, hookimpl
    calls = []

    @hookimpl
    async def hub_health(context):
        calls.append(context.name)
        {body}
"""


@pytest.fixture
def samples_with_moods(samples: SampleModules) -> SampleModules:
    bodies = {
        "calm": "return None",
        "tired": 'raise RuntimeError("secret /path")',
        "slow": "import asyncio; await asyncio.sleep(60)",
    }
    for name, body in bodies.items():
        samples.install(name, {"__init__.py": HEALTH.format(body=body)})
    return samples


async def test_a_bad_module_degrades_the_hub(
    samples_with_moods: SampleModules, monkeypatch: pytest.MonkeyPatch, hub: RunningHub
) -> None:
    monkeypatch.setattr("hub_core.runtime.module_health.LIMIT_SECONDS", 2.0)  # of the database as well
    answer = await hub.client.get("/health/ready")
    assert answer.status_code == 200
    told = answer.json()
    assert told["status"] == "degraded"
    assert told["modules"]["calm"] == {"status": "healthy", "detail": ""}
    assert told["modules"]["tired"] == {"status": "unhealthy", "detail": "health check failed"}
    assert told["modules"]["slow"] == {"status": "unhealthy", "detail": "health check timed out"}
    assert "secret" not in answer.text
    assert (await hub.client.get("/health/modules/calm")).status_code == 200
    assert (await hub.client.get("/health/modules/tired")).status_code == 503
    assert (await hub.client.get("/health/modules/nobody")).status_code == 404


async def test_a_module_is_asked_at_most_once_per_second(samples_with_moods: SampleModules, hub: RunningHub) -> None:
    import sample_calm  # type: ignore[import-not-found]

    for _ in range(5):
        await hub.client.get("/health/modules/calm")
    assert sample_calm.calls == ["calm"]


async def test_a_hub_that_stops_is_live_and_not_ready(hub: RunningHub) -> None:
    assert (await hub.client.get("/health/ready")).status_code == 200
    hub.inner.draining = True
    answer = await hub.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["draining"] is True
    assert (await hub.client.get("/health/live")).status_code == 200


async def test_without_a_database_the_hub_is_live_and_not_ready(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_core.database import Database, parse_url

    monkeypatch.setattr(hub.inner, "health", HealthReport())  # which has kept no answer
    gone = parse_url("postgresql://nobody:secret-word@127.0.0.1:9/none")
    monkeypatch.setattr(hub.inner, "database", Database(gone))
    answer = await hub.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "unhealthy"
    assert "secret-word" not in answer.text


@pytest.mark.parametrize("error", [RuntimeError("secret-word"), SystemExit(3)])
async def test_a_database_that_a_module_put_something_in_the_way_of_is_unhealthy(
    hub: RunningHub, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.inner, "health", HealthReport())

    def listener(*_: object) -> None:
        raise error

    event.listen(Engine, "before_cursor_execute", listener)
    try:
        answer = await hub.client.get("/health/ready")
    finally:
        event.remove(Engine, "before_cursor_execute", listener)
    assert answer.status_code == 503
    assert answer.json()["database"] == "unhealthy"
    assert "secret-word" not in answer.text
    await asyncio.sleep(1.1)
    assert (await hub.client.get("/health/ready")).status_code == 200
