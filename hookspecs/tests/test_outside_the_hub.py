"""Used where no hub serves, the contract says so; it never opens a guarded route."""

from typing import Annotated, Any, Protocol

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI
from hub_hookspecs import Conflict, NotFound, OutsideHub, Problem, ServiceUnavailable, current_session, service
from hub_hookspecs.web import CurrentPrincipal, Guard, Session, guard_of, module_settings, public, requires

REMEDY = (
    "was used outside a hub request or task; serve the module with `hub up`, "
    "or use the `hub` fixture of the pytest plugin in its tests"
)


class Stock(Protocol):
    """A service nobody offers."""


def test_a_service_is_only_found_inside_a_call() -> None:
    with pytest.raises(OutsideHub) as caught:
        service(Stock)
    assert str(caught.value) == f"the contract {REMEDY}"


def test_a_session_is_only_found_inside_a_call() -> None:
    with pytest.raises(OutsideHub):
        current_session()


async def answer_of(dependency: Any) -> httpx2.Response:
    router = APIRouter()

    @router.get("/", dependencies=[dependency])
    async def read() -> str:
        return "open"

    application = FastAPI()
    application.include_router(router)
    transport = httpx2.ASGITransport(app=application)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/")


@pytest.mark.parametrize("guard", [requires("shop.item.read"), public()], ids=["requires", "public"])
async def test_a_guarded_route_in_a_plain_application_refuses_everyone(guard: Any) -> None:
    with pytest.raises(OutsideHub, match=r"^a guarded route was used outside a hub request"):
        await answer_of(guard)


async def needs_session(session: Session) -> None:
    """Ask for the session of a request."""


async def needs_principal(principal: CurrentPrincipal) -> None:
    """Ask who is calling."""


async def needs_settings(settings: Annotated[Any, Depends(module_settings)]) -> None:
    """Ask for the settings of the module."""


@pytest.mark.parametrize("needy", [needs_session, needs_principal, needs_settings])
async def test_a_dependency_in_a_plain_application_says_where_it_belongs(needy: Any) -> None:
    with pytest.raises(OutsideHub, match=r"^a dependency of hub_hookspecs.web was used outside a hub request"):
        await answer_of(Depends(needy))


def test_requires_wants_a_permission() -> None:
    with pytest.raises(
        TypeError, match=r"^requires\(\) takes at least one permission; a route for everyone says public\(\)$"
    ):
        requires()


def test_a_guard_is_told_from_an_ordinary_dependency() -> None:
    guard = guard_of(requires("shop.item.read", "shop.item.write"))
    assert isinstance(guard, Guard)
    assert guard.permissions == ("shop.item.read", "shop.item.write")
    assert repr(guard) == "requires('shop.item.read', 'shop.item.write')"
    assert repr(guard_of(public())) == "public()"
    assert guard_of(Depends(needs_session)) is None


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (Problem("no", size=3), 400, "bad_request"),
        (NotFound("no", size=3), 404, "not_found"),
        (Conflict("no", size=3), 409, "conflict"),
        (ServiceUnavailable("no", size=3), 503, "service_unavailable"),
    ],
)
def test_a_problem_carries_its_status_code_and_facts(problem: Problem, status: int, code: str) -> None:
    assert (problem.status, problem.code, problem.detail, problem.facts, problem.headers) == (
        status,
        code,
        "no",
        {"size": 3},
        {},
    )
