"""What a module does to paths, applications and answers stays its own."""

import pytest

from hub_core.manifest import RESERVED_NAMES
from hub_core.testing.running_hub import RunningHub
from hub_core.tests.sample_modules import SampleModules
from hub_core.web.core_application import core_routes

GREEDY = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/auth")
    @router.get("/admin")
    @router.get("/health")
    @router.get("//auth")
    @router.get("/AUTH")
    @router.get("/auth%2f")
    @router.get("/{path:path}")
    async def take(path: str = "") -> dict[str, str]:
        return {"taken": path}
"""
MEDDLING = """
    from fastapi import APIRouter, Request
    from fastapi.middleware.cors import CORSMiddleware
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    async def answer_everything(request: Request, error: Exception):
        raise RuntimeError("never asked")

    @router.get("/meddle")
    async def meddle(request: Request) -> dict[str, bool]:
        request.app.state.secret = "mine"
        request.app.exception_handlers[404] = answer_everything
        try:
            request.app.add_middleware(CORSMiddleware, allow_origins=["*"])
        except RuntimeError:
            return {"added": False}
        return {"added": True}

    @router.get("/state")
    async def state(request: Request) -> dict[str, bool]:
        return {"has_secret": hasattr(request.app.state, "secret")}
"""
SHADOWING = [
    "/auth",
    "/admin",
    "/health/live",
    "//auth",
    "/AUTH",
    "/auth%2f",
    "/",
    "/docs",
    "/api/v1/modules",
    "/x/y/z",
]


@pytest.mark.parametrize("path", SHADOWING)
async def test_a_greedy_module_answers_nothing_outside_its_prefix(hub_with_greedy: RunningHub, path: str) -> None:
    answer = await hub_with_greedy.client.get(path)
    assert "taken" not in answer.text


async def test_a_greedy_module_answers_inside_its_prefix(hub_with_greedy: RunningHub) -> None:
    assert (await hub_with_greedy.client.get("/api/v1/greedy/auth")).json() == {"taken": "auth"}
    assert (await hub_with_greedy.client.get("/api/v1/greedy/a/b/c")).json() == {"taken": "a/b/c"}


@pytest.fixture
def greedy(samples: SampleModules) -> None:
    samples.install("greedy", {"routes/api/all.py": GREEDY, "routes/pages/all.py": GREEDY})


@pytest.fixture
def hub_with_greedy(greedy: None, hub: RunningHub) -> RunningHub:
    return hub


def test_every_first_segment_of_a_core_path_is_a_reserved_name() -> None:
    paths = [route.path for route in core_routes()]
    assert "/api/v1/hub/operations/{id}/cancel" in paths
    first = {path.split("/")[1] for path in paths}
    second = {path.split("/")[3] for path in paths if "/api/v1/" in path}
    names = {name for name in first | second if name.isidentifier() and name.islower()}
    assert names - {"modules"} <= RESERVED_NAMES
    assert {"hub", "modules", "admin", "vendor", "storefront"} <= RESERVED_NAMES


@pytest.fixture
def meddler(samples: SampleModules) -> None:
    samples.install("meddler", {"routes/api/all.py": MEDDLING})
    samples.install("bystander", {"routes/api/all.py": MEDDLING})


async def test_what_a_module_does_to_its_application_stays_there(meddler: None, hub: RunningHub) -> None:
    await hub.client.get("/api/v1/meddler/meddle")
    assert (await hub.client.get("/api/v1/meddler/state")).json() == {"has_secret": True}
    assert (await hub.client.get("/api/v1/bystander/state")).json() == {"has_secret": False}
    answer = await hub.client.get("/api/v1/bystander/nothing", headers={"Origin": "http://elsewhere.test"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert "access-control-allow-origin" not in answer.headers
