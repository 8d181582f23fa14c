"""A walk over every route that is served: nothing is open but what stands in one list here.

It starts from the routes themselves, not from OpenAPI, so that a route hidden from the document counts too.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.web.core_application import CORE_PERMISSIONS
from hub_core.web.guarded_routes import GuardedRoute
from hub_core.web.module_application import ModuleFace

PUBLIC = {
    "GET /",
    "GET /docs",
    "GET /favicon.ico",
    "GET /health/live",
    "GET /health/modules/{name}",
    "GET /health/ready",
    "GET /openapi.json",
    "GET /sign-in",
    "GET /static/hub/{path:path}",
    "GET /static/modules/{name}/{path:path}",
    "HEAD /static/hub/{path:path}",
    "HEAD /static/modules/{name}/{path:path}",
    "POST /sign-in",
    "POST /sign-out",
}
"""Every route that answers a stranger. A new line here is a decision about security."""

BODIES: dict[str, dict[str, Any]] = {
    "no body": {},
    "an object": {"json": {}},
    "not JSON": {"content": b"{\x00\xff", "headers": {"Content-Type": "application/json"}},
    "a form": {"data": {"token": "x"}},
    "a broken form": {"content": b"--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    "a large one": {"content": b"[" * 200_000, "headers": {"Content-Type": "application/json"}},
}


@dataclass(frozen=True)
class Operation:
    """One method of one served route. ``module`` is ``hub`` for the core's own."""

    module: str
    method: str
    template: str
    permissions: tuple[str, ...]
    is_page: bool

    @property
    def path(self) -> str:
        """A path that the route matches."""
        return re.sub(r"\{[^}]*\}", "01900000-0000-7000-8000-000000000000", self.template)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[RunningHub]:
    """A hub with every module of this environment."""
    folder = tmp_path_factory.mktemp("walk")
    async with running_hub(folder, f"sqlite:///{folder / 'hub.db'}", {}) as running:
        await running.client.get("/health/live")  # the core's routes are guarded at their first request
        yield running


@pytest.fixture(scope="module")
def operations(hub: RunningHub) -> list[Operation]:
    return [
        operation
        for module, application in applications(hub)
        for route in application.routes
        for operation in operations_of(module, route)
    ]


def applications(hub: RunningHub) -> Iterator[tuple[str, FastAPI]]:
    yield "hub", core_application(hub.app)
    for name, live in hub.inner.modules.items():
        yield name, ModuleFace(hub.inner, live).application


def core_application(app: Any) -> FastAPI:
    """The core's own application, below whatever layers stand around it."""
    while not isinstance(app, FastAPI):
        app = next(inner for name in ("_app", "_core", "app") if (inner := getattr(app, name, None)) is not None)
    return app


def operations_of(module: str, route: Any) -> Iterator[Operation]:
    assert isinstance(route, GuardedRoute), f"{route} is none that this walk knows how to call"
    for method in sorted(route.methods or ()):
        yield Operation(module, method, route.path, route.permissions, route.is_page)


def test_the_walk_sees_all_modules_and_hidden_routes(hub: RunningHub, operations: list[Operation]) -> None:
    assert {"hub", "billing", "billing_reminders", "notes", "payments"} <= {
        operation.module for operation in operations
    }
    seen = set(map(str, operations))
    assert {"GET /billing/invoices/{invoice_id}", "GET /openapi.json", "GET /api/v1/modules"} <= seen
    assert len(operations) > 40


def test_nothing_is_public_but_what_is_listed_here(operations: list[Operation]) -> None:
    assert {str(operation) for operation in operations if not operation.permissions} == PUBLIC


@pytest.mark.parametrize("body", BODIES)
async def test_a_stranger_gets_nowhere_else_whatever_the_body(
    hub: RunningHub, operations: list[Operation], body: str
) -> None:
    for operation in operations:
        answer = await hub.client.request(operation.method, operation.path, **BODIES[body])
        if not operation.permissions:
            assert answer.status_code != 401 or operation.template == "/sign-in", operation
        elif operation.is_page and operation.method == "GET":
            assert answer.status_code == 303, operation
            assert answer.headers["location"].startswith("/sign-in?next=/"), operation
        else:
            assert refused(answer) == (401, "not_signed_in"), operation
            assert answer.headers["www-authenticate"] == "Bearer", operation


async def test_a_principal_without_permissions_gets_403_naming_what_is_missing(
    hub: RunningHub, operations: list[Operation]
) -> None:
    nobody = hub.as_principal()
    for operation in operations:
        if operation.permissions:
            answer = await nobody.request(operation.method, operation.path, **BODIES["not JSON"])
            assert refused(answer) == (403, "permission_missing"), operation
            assert answer.json()["detail"] == f"This needs the permission {', '.join(operation.permissions)}"


async def test_every_permission_but_the_right_one_does_not_help(hub: RunningHub, operations: list[Operation]) -> None:
    known = {name for operation in operations for name in operation.permissions}
    for missing in sorted(known):
        others = hub.as_principal(*(known - {missing}))
        for operation in operations:
            if missing in operation.permissions:
                answer = await others.request(operation.method, operation.path)
                assert refused(answer) == (403, "permission_missing"), operation


async def test_the_right_permission_alone_gets_past_the_guard(hub: RunningHub, operations: list[Operation]) -> None:
    for operation in operations:
        if operation.permissions:
            answer = await hub.as_principal(*operation.permissions).request(operation.method, operation.path)
            assert answer.status_code not in (401, 403), operation


def test_every_permission_of_a_route_is_declared_in_its_modules_manifest(
    hub: RunningHub, operations: list[Operation]
) -> None:
    declared = {"hub": CORE_PERMISSIONS}
    for name, live in hub.inner.modules.items():
        declared[name] = frozenset(permission.name for permission in live.manifest.permissions)
    for operation in operations:
        assert set(operation.permissions) <= declared[operation.module], operation
        assert all(name.startswith(f"{operation.module}.") for name in operation.permissions), operation


def refused(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]
