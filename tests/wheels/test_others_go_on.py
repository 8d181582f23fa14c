"""An upgrade of one module that would break another is refused or undone; who was not well before keeps nobody from it."""

from pathlib import Path

import pytest

from hub_core.catalog import Reason
from hub_core.database import connect, parse_url
from hub_core.planning import Failure
from hub_core.registry import store_failure
from tests.wheels.hub_process import hub_up
from tests.wheels.shelf import Shelf, eventually

ROUTE = """
from fastapi import APIRouter
from hub_hookspecs.web import public

router = APIRouter(dependencies=[public()])


@router.get("/things")
async def {route}() -> str:
    return "{version}"
"""
READER = """
from fastapi import APIRouter
from hub_hookspecs.web import public
from hub_module_keeper.interface import kept

router = APIRouter(dependencies=[public()])


@router.get("/read")
async def read() -> str:
    return kept()
"""
STARTS = """
from hub_hookspecs import hookimpl
from hub_module_keeper.interface import kept


@hookimpl
async def hub_lifespan(context):
    assert kept()[0].isdigit()
    yield
"""
WRAPPER = """
from fastapi import Request, Response
from hub_hookspecs import CallNext, RouteOverride, hookimpl


async def wrapped(request: Request, call_next: CallNext) -> Response:
    return await call_next(request)


@hookimpl
def hub_route_overrides():
    return [RouteOverride(route="keeper:things", wrap=wrapped)]
"""
MOODY = """
from pathlib import Path

from hub_hookspecs import Health, HealthStatus, hookimpl

assert not Path("moody-is-broken").exists()


@hookimpl
async def hub_health(context):
    is_busy = Path("busy").exists()
    return Health(status=HealthStatus.UNHEALTHY if is_busy else HealthStatus.HEALTHY, detail="the line is busy")
"""


def keeper(version: str, *, route: str = "things", name: str = "kept") -> dict[str, str]:
    """A module that is read through its interface and wrapped at its route."""
    return {
        "routes/api/things.py": ROUTE.format(version=version, route=route),
        "interface.py": f'def {name}() -> str:\n    return "{version}"\n',
    }


@pytest.mark.timeout(900)
def test_an_upgrade_breaks_no_other_module(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[modules.notes]\n")
    shelf.add("keeper", "1.0", keeper("1.0"))
    shelf.add("reader", "1.0", {"__init__.py": STARTS, "routes/api/read.py": READER}, "keeper")
    overrides = '[[overrides]]\nroute = "keeper:things"\n'
    shelf.add("wrapper", "1.0", {"__init__.py": WRAPPER, "hub-module.toml": overrides}, "keeper")
    shelf.add("moody", "1.0", {"__init__.py": MOODY})
    with hub_up(hub, tmp_path, database_url, **shelf.variables) as running:

        def answers(path: str) -> str | None:
            with running.client(None) as client:
                found = client.get(f"/api/v1/{path}")
            return found.json() if found.is_success else None

        shelf.run("environment", "adopt", "--yes")
        shelf.run("install", "reader", "wrapper", "moody", "--yes")
        eventually(lambda: answers("reader/read") == answers("keeper/things") == "1.0")
        before = shelf.current()

        shelf.add("keeper", "2.0", keeper("2.0", name="another"))
        said = shelf.run("upgrade", "keeper", "--yes", code=1)
        assert "upgrade was not begun" in said
        assert "reader" in said
        assert "ImportError" in said

        shelf.add("keeper", "2.1", keeper("2.1", route="all_things"))
        said = shelf.run("upgrade", "keeper", "--yes", code=1)
        assert "upgrade was not begun" in said
        assert 'keeper has no route things; did you mean "all_things"?' in said

        shelf.add("keeper", "2.1.1", keeper("unreadable"))
        said = shelf.run("upgrade", "keeper", "--yes", code=1)
        assert "upgrade failed and was undone" in said
        assert "reader" in said
        assert shelf.current() == before
        assert answers("reader/read") == answers("keeper/things") == "1.0"

        shelf.add("keeper", "2.2", keeper("2.2"))
        (tmp_path / "moody-is-broken").touch()
        said = shelf.run("upgrade", "keeper", "--yes", code=1)
        assert "moody" in said
        with connect(parse_url(database_url)) as connection:
            reason = Reason(code="failed_import", text="asserts something", remedy="Mend it")
            store_failure(connection, "moody", Failure(condition="failed", reason=reason))
            connection.commit()
        shelf.run("upgrade", "keeper", "--yes")
        eventually(lambda: answers("reader/read") == answers("keeper/things") == "2.2")

        (tmp_path / "moody-is-broken").unlink()
        (tmp_path / "busy").touch()
        shelf.run("upgrade", "moody", code=0)
        shelf.add("keeper", "2.3", keeper("2.3"))
        shelf.run("upgrade", "keeper", "--yes")
        eventually(lambda: answers("reader/read") == answers("keeper/things") == "2.3")
