"""A module that breaks the contract fails alone, and its failure says what to mend. The witness goes on serving."""

from pathlib import Path

import pytest

from hub_core.loading import ModuleFailed
from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.sample_modules import SampleModules

MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy import Column, ForeignKey, Integer, Table
    from sqlalchemy.orm import DeclarativeBase
    class Base(DeclarativeBase):
        metadata = module_metadata("broken")
    {tables}
"""
ROUTES = """
    from fastapi import APIRouter, WebSocket
    from fastapi.staticfiles import StaticFiles
    from hub_hookspecs.web import public, requires
    from starlette.responses import PlainTextResponse
    router = APIRouter()
    async def plain(request): return PlainTextResponse("")
    {body}
"""
PERMISSION = '[[permissions]]\nname = "broken.thing"\ntitle = "Thing"\n'


def routes(body: str) -> dict[str, str]:
    return {"routes/api/things.py": ROUTES.format(body=body.replace("\n", "\n    "))}


def models(tables: str) -> dict[str, str]:
    return {"models/__init__.py": MODELS.format(tables=tables)}


UNGUARDED = """
@router.get("/one")
async def one(): ...
@router.post("/two")
async def two(): ...
@router.websocket("/three")
async def three(socket: WebSocket): ...
inner = APIRouter()
@inner.get("/four")
async def four(): ...
router.include_router(inner, prefix="/inner")
"""
FAULTS = {
    "raises": ({"__init__.py": "raise ZeroDivisionError('at import')"}, "import", ["ZeroDivisionError: at import"]),
    "exits": ({"__init__.py": "import sys; sys.exit(3)"}, "import", ["SystemExit: 3"]),
    "base exception": ({"__init__.py": "class Odd(BaseException): ...\nraise Odd('odd')"}, "import", ["Odd: odd"]),
    "syntax": ({"__init__.py": "def"}, "import", ["SyntaxError"]),
    "unknown hook": (
        {"__init__.py": "from hub_hookspecs import hookimpl\n@hookimpl\ndef hub_rotues(): ..."},
        "hooks",
        ["hub_rotues"],
    ),
    "wrong arguments": (
        {"__init__.py": "from hub_hookspecs import hookimpl\n@hookimpl\ndef hub_routes(context): ..."},
        "hooks",
        ["context"],
    ),
    "hook raises": (
        {"__init__.py": "from hub_hookspecs import hookimpl\n@hookimpl\ndef hub_services(): raise KeyError('x')"},
        "services",
        ["KeyError: 'x'"],
    ),
    "no settings model": ({"config.py": "Settings = dict"}, "settings", ["not a pydantic model"]),
    "foreign prefix": (
        models('Table("other_thing", Base.metadata, Column("id", Integer, primary_key=True))'),
        "models",
        ["table other_thing does not begin with broken_"],
    ),
    "foreign key leaves": (
        models('Table("broken_a", Base.metadata, Column("note", ForeignKey("notes_note.id")))'),
        "models",
        ["broken_a.note → notes_note.id leaves the module"],
    ),
    "unguarded": (
        routes(UNGUARDED),
        "routes",
        [
            "GET /api/v1/broken/one: neither requires() nor public()",
            "POST /api/v1/broken/two: neither",
            "APIWebSocketRoute /api/v1/broken/three: neither",
            "GET /api/v1/broken/inner/four: neither",
        ],
    ),
    "both guards": (
        routes('@router.get("/x", dependencies=[public(), requires("broken.thing")])\nasync def x(): ...'),
        "routes",
        ["GET /api/v1/broken/x: both requires() and public()"],
    ),
    "guard as parameter": (
        routes('@router.get("/x")\nasync def x(who: None = requires("broken.thing")): ...'),
        "routes",
        ["GET /api/v1/broken/x: a guard stands in a parameter"],
    ),
    "undeclared permission": (
        routes('@router.get("/x", dependencies=[requires("broken.other")])\nasync def x(): ...'),
        "routes",
        ["GET /api/v1/broken/x: permission broken.other is not declared"],
    ),
    "mount": (
        routes('router.mount("/files", StaticFiles(directory="."))'),
        "routes",
        ["/api/v1/broken/files: a Mount cannot carry a permission"],
    ),
    "plain route": (routes('router.add_route("/plain", plain)'), "routes", ["a Route cannot carry a permission"]),
    "frontend": (routes('router.frontend("/app", directory=".")'), "routes", ["cannot carry a permission"]),
    "unknown area": ({"routes/api/areas/moon.py": ROUTES.format(body="")}, "routes", ["area moon is not one of"]),
    "extension point not given": ({}, "extension points", ["publishes ['broken_points']", "gives none"]),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_failure_names_phase_and_cause(
    fault: str, samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    files, phase, told = FAULTS[fault]
    points = '[extension_points]\nbroken_points = "1.0"\n' if "extension" in fault else ""
    samples.install("broken", files, manifest=points + PERMISSION)
    async with running_hub(tmp_path, database_url, {}) as hub:
        error = next(error for error in hub.raised.errors if error.module == "broken")
        assert error.phase == phase
        for words in told:
            assert words in str(error)
        await witness_still_serves(hub)
        listed = (await hub.as_superuser.get("/api/v1/modules/broken")).json()
        assert listed["conditions"] == ["failed"]
        assert listed["reasons"][0]["code"] == f"failed_{phase.replace(' ', '_')}"
        assert (await hub.client.get("/api/v1/broken/x")).status_code == 503


async def witness_still_serves(hub: RunningHub) -> None:
    """A committed write and its read, by a module that has nothing to do with it."""
    written = await hub.as_superuser.post("/api/v1/notes/notes", json={"title": "still", "text": "here"})
    assert written.status_code == 201, written.text
    read = await hub.as_superuser.get(f"/api/v1/notes/notes/{written.json()['id']}")
    assert read.json()["title"] == "still"


async def test_what_requires_a_failed_module_is_blocked_by_name(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("below", {"__init__.py": "raise OSError"})
    samples.install("middle", requires=("sample-below",))
    samples.install("above", requires=("sample-middle",))
    async with running_hub(tmp_path, database_url, {}) as hub:
        for name, needs in (("middle", "below"), ("above", "middle")):
            listed = (await hub.as_superuser.get(f"/api/v1/modules/{name}")).json()
            assert listed["conditions"][-1] == "blocked"
            assert listed["reasons"][0]["text"] == f"needs {needs}, which could not be brought up"
        await witness_still_serves(hub)


async def test_a_module_that_does_not_start_blocks_those_that_require_it(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    start = "from hub_hookspecs import hookimpl\n@hookimpl\nasync def hub_lifespan(context):\n    {body}\n    yield\n"
    samples.install("below", {"__init__.py": start.format(body="raise OSError('no line')")})
    samples.install("above", requires=("sample-below",))
    async with running_hub(tmp_path, database_url, {}) as hub:
        assert hub.inner.failures()["below"].reason.code == "failed_start"
        assert hub.inner.failures()["above"].reason.code == "failed_requirements"
        assert (await hub.client.get("/api/v1/above/x")).status_code == 503
        await witness_still_serves(hub)


async def test_settings_that_do_not_fit_are_named_without_their_values(
    samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    config = (
        "from pydantic import BaseModel, SecretStr\nclass Settings(BaseModel):\n    key: SecretStr\n    size: int = 1\n"
    )
    samples.install("vault", {"config.py": config})
    async with running_hub(tmp_path, database_url, {"vault": {"size": "s3cret"}}) as hub:
        (error,) = hub.raised.errors
        assert "key: Field required; size: Input should be a valid integer" in str(error)
        assert "s3cret" not in str(error) + error.details
        listed = (await hub.as_superuser.get("/api/v1/modules/vault")).json()
        assert listed["conditions"] == ["needs configuration"]
        await witness_still_serves(hub)


def test_the_text_of_a_failure() -> None:
    assert str(ModuleFailed("shop", "import", OSError("gone"))) == (
        "shop failed: import\ncause: OSError: gone\nremedy: Correct shop, or install a release that works"
    )
