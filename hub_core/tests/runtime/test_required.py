"""A module that is required: without it the hub is not ready. Any other one that is down only degrades it."""

import asyncio
from pathlib import Path

import pytest

from hub_core.tests.runtime.test_one_module_fails import ROUTES, brought_up
from hub_core.tests.sample_modules import SampleModules

SICK = """
    from hub_hookspecs import Health, HealthStatus, hookimpl

    @hookimpl
    async def hub_health(context):
        return Health(status=HealthStatus.{}, detail="as it says")
"""
DOWN = "raise OSError('no library')"


async def readiness(folder: Path, url: str, wishes: str) -> tuple[int, str, list[str]]:
    (folder / "hub.toml").write_text(wishes)
    async with brought_up(folder, url) as (_, client):
        answer = await client.get("/health/ready")
        return answer.status_code, answer.json()["status"], answer.json()["missing"]


@pytest.mark.parametrize(
    ("source", "status"), [(DOWN, "down"), (SICK.format("UNHEALTHY"), "down"), (SICK.format("DEGRADED"), "degraded")]
)
async def test_the_hub_is_not_ready_without_a_required_module(
    samples: SampleModules, tmp_path: Path, database_url: str, source: str, status: str
) -> None:
    samples.install("shop", {"__init__.py": source, "routes/api/a.py": ROUTES})
    samples.install("well", {"routes/api/a.py": ROUTES})
    shop, well = "[modules.shop]\n", "[modules.well]\nrequired = true\n"
    assert await readiness(tmp_path, database_url, shop + well) == (
        200,
        "ready" if "SICK" in source or "hub_health" in source else "degraded",
        [],
    ), "what is not required is not even asked before its first use"
    expected = (503, "unavailable", ["shop"]) if status == "down" else (200, "degraded", [])
    assert await readiness(tmp_path, database_url, shop + "required = true\n" + well) == expected
    assert await readiness(tmp_path, database_url, shop + "required = true\nenabled = false\n" + well) == (
        200,
        "ready",
        [],
    )


async def test_a_required_module_that_is_not_installed_is_missing(
    samples: SampleModules, tmp_path: Path, database_url: str
) -> None:
    samples.install("well", {"routes/api/a.py": ROUTES})
    found = await readiness(tmp_path, database_url, "[modules.well]\n[modules.gone]\nrequired = true\n")
    assert found == (503, "unavailable", ["gone"])
    assert (await readiness(tmp_path, database_url, "[modules.well]\n[modules.gone]\nrequired = false\n"))[0] == 200


async def test_a_required_module_that_takes_long_is_missing_until_it_is_up(
    samples: SampleModules, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_core.runtime.hub.START_SECONDS", 0.1)
    source = """
        import asyncio
        from hub_hookspecs import hookimpl

        @hookimpl
        async def hub_lifespan(context):
            await asyncio.sleep(2)
            yield
    """
    samples.install("shop", {"__init__.py": source, "routes/api/a.py": ROUTES})
    (tmp_path / "hub.toml").write_text("[modules.shop]\nrequired = true\n")
    async with brought_up(tmp_path, database_url) as (_, client):
        early = await client.get("/health/ready")
        assert (early.status_code, early.json()["missing"]) == (503, ["shop"])
        assert early.json()["modules"]["shop"] == {"status": "unhealthy", "detail": "is being brought up"}
        await asyncio.sleep(2.5)
        assert (await client.get("/health/ready")).json()["status"] == "ready"
