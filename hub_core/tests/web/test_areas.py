"""Areas: a module serves each audience its own routes, from files in ``areas``, and only there."""

from collections.abc import AsyncIterator

import pytest

from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_hub import Sample, sample_hub

ROUTER = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public
    router = APIRouter(dependencies=[public()])
    @router.get("/{path}")
    async def answer() -> str:
        return "{path} of {place}"
"""
FILES = {
    "routes/api/items.py": ("items", "everyone"),
    "routes/api/areas/vendor.py": ("items", "vendors"),
    "routes/api/areas/admin/items.py": ("items", "admins"),
    "routes/api/areas/admin/reports.py": ("reports", "admins"),
    "routes/pages/items.py": ("items", "readers"),
    "routes/pages/areas/storefront.py": ("items", "shoppers"),
}
SERVED = {
    "/api/v1/shop/items": "items of everyone",
    "/api/v1/vendor/shop/items": "items of vendors",
    "/api/v1/admin/shop/items": "items of admins",
    "/api/v1/admin/shop/reports": "reports of admins",
    "/shop/items": "items of readers",
    "/storefront/shop/items": "items of shoppers",
}
ABSENT = (
    "/api/v1/storefront/shop/items", "/api/v1/shop/reports", "/api/v1/vendor/shop/reports", "/vendor/shop/items",
    "/admin/shop/items", "/api/v1/vendor/vendor/shop/items", "/api/v1/shop/vendor/items", "/api/v1/vendor/items",
    "/api/v1/VENDOR/shop/items", "/api/v1/vendor//shop/items", "/api/v1/elsewhere/shop/items", "/api/v1/vendor",
    "/vendor", "/api/v1/vendor/notes/notes", "/api/v1/vendor/modules",
)  # fmt: skip


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[RunningHub]:
    files = {file: ROUTER.format(path=path, place=place) for file, (path, place) in FILES.items()}
    async with sample_hub(tmp_path_factory.mktemp("areas"), {"shop": Sample(files)}) as running:
        yield running


async def test_each_file_is_served_to_its_audience(hub: RunningHub) -> None:
    for path, told in SERVED.items():
        assert (await hub.client.get(path)).json() == told, path


@pytest.mark.parametrize("path", ABSENT)
async def test_no_route_is_served_anywhere_else(hub: RunningHub, path: str) -> None:
    assert (await hub.client.get(path)).status_code == 404


async def test_the_description_has_the_apis_of_areas_and_no_pages(hub: RunningHub) -> None:
    paths = (await hub.client.get("/openapi.json")).json()["paths"]
    assert {path for path in paths if "shop" in path} == {path for path in SERVED if path.startswith("/api/")}
