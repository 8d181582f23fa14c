"""Each hook of the contract is called by the hub, seen by what its answer brings about.

Take the call of one hook out of the core and the test of that name turns red.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hub_hookspecs import hooks

from hub_core.loading import probe_here
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.up import up
from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.sample_modules import SampleModules

PLAIN = "from hub_hookspecs import hookimpl\n"


def test_every_hook_has_a_test_here() -> None:
    assert {name for name in hooks.__all__ if f"test_{name}_is_called" not in globals()} == set()


@pytest.fixture
async def hub(
    request: pytest.FixtureRequest, samples: SampleModules, database_url: str, tmp_path: Path
) -> AsyncIterator[RunningHub]:
    """A hub with the one sample module whose ``__init__.py`` the test gives."""
    given = request.param
    files = given if isinstance(given, dict) else {"__init__.py": PLAIN + given}
    samples.install("sample", files)
    if "other." in files.get("hub-module.toml", "") or "other:" in files.get("hub-module.toml", ""):
        beside_another(samples)
    async with running_hub(tmp_path, database_url, {}) as running:
        yield running


def given(source: str | dict[str, str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("hub", [source], indirect=True, ids=["sample"])


@given("""
from sqlalchemy import Column, Integer, MetaData, Table
metadata = MetaData()
Table("sample_thing", metadata, Column("id", Integer, primary_key=True))

@hookimpl
def hub_models():
    return metadata
""")
async def test_hub_models_is_called(hub: RunningHub) -> None:
    metadata = hub.inner.modules["sample"].loaded.metadata
    assert metadata is not None
    assert list(metadata.tables) == ["sample_thing"]


@given({
    "__init__.py": PLAIN + """
from pathlib import Path

@hookimpl
def hub_migrations():
    return Path(__file__).parent / "elsewhere"
""",
    "elsewhere/sample_0001_thing.py": """
import sqlalchemy as sa
from alembic import op
revision = "sample_0001"
down_revision = None
def upgrade():
    op.create_table("sample_thing", sa.Column("id", sa.Integer, primary_key=True))
""",
})  # fmt: skip
async def test_hub_migrations_is_called(hub: RunningHub) -> None:
    from sqlalchemy import text

    async with hub.inner.database.session() as session:
        assert (await session.scalar(text("SELECT count(*) FROM sample_thing"))) == 0


@given("""
from pydantic import BaseModel
class Chosen(BaseModel):
    colour: str = "blue"

@hookimpl
def hub_settings():
    return Chosen
""")
async def test_hub_settings_is_called(hub: RunningHub) -> None:
    assert hub.inner.modules["sample"].settings.colour == "blue"


ROUTER = """
from fastapi import APIRouter
from hub_hookspecs import RouterMount
from hub_hookspecs.web import public
router = APIRouter(dependencies=[public()])
@router.get("/found")
async def found():
    return "here"

@hookimpl
def {hook}():
    return [RouterMount(router=router), RouterMount(router=router, area="vendor")]
"""


@given(ROUTER.format(hook="hub_routes"))
async def test_hub_routes_is_called(hub: RunningHub) -> None:
    for path in ("/api/v1/sample/found", "/api/v1/vendor/sample/found"):
        assert (await hub.client.get(path)).json() == "here"
    assert (await hub.client.get("/sample/found")).status_code == 404


@given(ROUTER.format(hook="hub_pages"))
async def test_hub_pages_is_called(hub: RunningHub) -> None:
    for path in ("/sample/found", "/vendor/sample/found"):
        assert (await hub.client.get(path)).json() == "here"
    assert (await hub.client.get("/api/v1/sample/found")).status_code == 404


@given("""
class Greeter:
    def greet(self) -> str:
        return "hello"

@hookimpl
def hub_services():
    return {Greeter: lambda context: Greeter()}
""")
async def test_hub_services_is_called(hub: RunningHub) -> None:
    import sample_sample  # type: ignore[import-not-found]

    assert hub.inner.services.find(sample_sample.Greeter).greet() == "hello"


@given({
    "__init__.py": PLAIN + """
from hub_hookspecs import ExtensionPoint
colours = ExtensionPoint("sample_colours")
class Colours:
    @colours.hookspec
    def colour(self): ...

@colours.hookimpl
def colour():
    return "red"

@hookimpl
def hub_extension_points():
    return {"sample_colours": Colours}
""",
    "hub-module.toml": '[extension_points]\nsample_colours = "1.0"\n[implements]\nsample_colours = ">=1"\n',
})  # fmt: skip
async def test_hub_extension_points_is_called(hub: RunningHub) -> None:
    answers = hub.inner.modules["sample"].context.contributions("sample_colours", "colour")
    assert [(answer.module, answer.value) for answer in answers] == [("sample", "red")]


OTHER = {
    "models/__init__.py": """
from uuid import UUID
from hub_hookspecs.database import module_metadata
from hub_hookspecs.extensible import Extensible
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    metadata = module_metadata("other")

class Thing(Extensible, Base):
    __tablename__ = "other_thing"
    id: Mapped[UUID] = mapped_column(primary_key=True)
""",
    "routes/api/things.py": """
from fastapi import APIRouter
from hub_hookspecs.web import public
router = APIRouter()

@router.get("/thing", dependencies=[public()])
async def show_thing() -> dict[str, int]:
    return {"size": 1}
""",
}


def beside_another(samples: SampleModules) -> None:
    """Make the sample one that requires another module."""
    samples.install("other", OTHER)
    metadata = samples.site / "sample_sample-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text() + "Requires-Dist: sample-other\n")


@given({
    "__init__.py": PLAIN + """
from hub_hookspecs import ModelExtension

@hookimpl
def hub_model_extensions():
    from .models import Colour
    return [ModelExtension(target="other.Thing", model=Colour, key="thing_id")]
""",
    "models.py": """
from uuid import UUID
from hub_hookspecs.database import module_metadata
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    metadata = module_metadata("sample")

class Colour(Base):
    __tablename__ = "sample_colour"
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    colour: Mapped[str]
""",
    "hub-module.toml": '[[extends]]\nmodel = "other.Thing"\nfields = ["colour"]\n',
})  # fmt: skip
async def test_hub_model_extensions_is_called(hub: RunningHub) -> None:
    from sample_other.models import Thing  # type: ignore[import-not-found]

    assert list(hub.inner.database.extensions.of(Thing)) == ["sample"]


@given({
    "__init__.py": PLAIN + """
from hub_hookspecs import RouteOverride
from fastapi import Response

async def wrap(request, call_next):
    return Response("wrapped " + (await call_next()).body.decode())

@hookimpl
def hub_route_overrides():
    return [RouteOverride(route="other:show_thing", wrap=wrap)]
""",
    "hub-module.toml": '[[overrides]]\nroute = "other:show_thing"\n',
})  # fmt: skip
async def test_hub_route_overrides_is_called(hub: RunningHub) -> None:
    assert (await hub.client.get("/api/v1/other/thing")).text == 'wrapped {"size":1}'


@given("""
events = []

@hookimpl
async def hub_lifespan(context):
    events.append(f"start {context.name} {context.version}")
    yield
    events.append("stop")
""")
async def test_hub_lifespan_is_called(hub: RunningHub) -> None:
    import sample_sample

    assert sample_sample.events == ["start sample 1.0"]
    await hub.inner.stop()
    assert sample_sample.events == ["start sample 1.0", "stop"]


@given("""
from hub_hookspecs import Health, HealthStatus

@hookimpl
async def hub_health(context):
    return Health(status=HealthStatus.DEGRADED, detail="a little tired")
""")
async def test_hub_health_is_called(hub: RunningHub) -> None:
    answer = await hub.client.get("/health/modules/sample")
    assert answer.status_code == 200
    assert answer.json() == {"module": "sample", "status": "degraded", "detail": "a little tired"}


CHANGES = """
from sqlalchemy import text
told = []

def tell(context):
    told.append((context.name, context.version, context.from_version, context.connection.scalar(text("SELECT 1"))))

@hookimpl
def {hook}(context):
    tell(context)
"""


def told_of_changes() -> list[tuple[object, ...]]:
    import sample_sample

    told: list[tuple[object, ...]] = sample_sample.told
    return told


def changed(hub: RunningHub, samples: SampleModules, *, version: str = "1.0", enabled: bool = True) -> None:
    """``hub up`` again, with another version on disk or another wish."""
    metadata = samples.site / "sample_sample-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text().replace("\nVersion: 1.0\n", f"\nVersion: {version}\n"))
    settings = hub.inner.settings
    wish = f"[modules.sample]\nenabled = {str(enabled).lower()}\n"
    (settings.folder / "hub.toml").write_text(wish)
    told_of_changes().clear()
    descriptions = Descriptions(settings, probe_here)
    assert up(settings, agree=lambda plan: None, on_revision=lambda run: None, descriptions=descriptions).errors == ()


@given(CHANGES.format(hook="hub_before_install"))
async def test_hub_before_install_is_called(hub: RunningHub) -> None:
    assert told_of_changes() == [("sample", "1.0", None, 1)]


@given(CHANGES.format(hook="hub_after_install"))
async def test_hub_after_install_is_called(hub: RunningHub) -> None:
    assert told_of_changes() == [("sample", "1.0", None, 1)]


@given(CHANGES.format(hook="hub_before_upgrade"))
async def test_hub_before_upgrade_is_called(hub: RunningHub, samples: SampleModules) -> None:
    changed(hub, samples, version="1.1")
    assert told_of_changes() == [("sample", "1.1", "1.0", 1)]


@given(CHANGES.format(hook="hub_after_upgrade"))
async def test_hub_after_upgrade_is_called(hub: RunningHub, samples: SampleModules) -> None:
    changed(hub, samples, version="1.1")
    assert told_of_changes() == [("sample", "1.1", "1.0", 1)]


@given(CHANGES.format(hook="hub_enabled"))
async def test_hub_enabled_is_called(hub: RunningHub) -> None:
    assert told_of_changes() == [("sample", "1.0", None, 1)]


@given(CHANGES.format(hook="hub_disabled"))
async def test_hub_disabled_is_called(hub: RunningHub, samples: SampleModules) -> None:
    changed(hub, samples, enabled=False)
    assert told_of_changes() == [("sample", "1.0", "1.0", 1)]
