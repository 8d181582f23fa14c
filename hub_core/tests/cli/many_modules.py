"""A thousand good modules on disk, alike but for their names, and thirty that are each bad in a way of their own.

The good ones are distributions as an installer leaves them: settings, a table with its revision, ten routes. Each says
on standard error when it is imported; in the probe nobody hears that.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hub_core.tests.loading.bad_modules import BAD_MODULES
from hub_core.tests.sample_modules import SampleModules

IMPORTED = "imported by the one who serves: "
ROUTES = 10
MANIFEST = 'title = "{name}"\n[[permissions]]\nname = "{name}.item.write"\ntitle = "Write items"\n'
TOP = f"""\
import sys

sys.stderr.write("{IMPORTED}{{name}}\\n")  # in one piece: others write there, too
"""
CONFIG = """\
from pydantic import BaseModel


class Settings(BaseModel):
    label: str = "not configured"
"""
MODELS = """\
from hub_hookspecs.database import TenantScoped, module_metadata
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("{name}")


class Item(TenantScoped, Base):
    __tablename__ = "{name}_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
"""
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "{name}_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "{name}_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("tenant_id", sa.String(63), nullable=False, server_default="default"),
        sa.Column("label", sa.String(200), nullable=False),
    )
"""
ROUTES_HEAD = """\
from typing import Annotated

from fastapi import APIRouter, Depends
from hub_hookspecs.web import Session, module_settings, public, requires
from pydantic import BaseModel

from ...config import Settings
from ...models import Item

router = APIRouter()


class ItemData(BaseModel):
    id: int
    label: str


@router.post("/stored", status_code=201, dependencies=[requires("{name}.item.write")])
async def store(session: Session, wanted: ItemData) -> ItemData:
    session.add(Item(id=wanted.id, label=wanted.label))
    return wanted


@router.get("/stored/{{item_id}}", dependencies=[public()])
async def stored(session: Session, item_id: int) -> ItemData:
    found = await session.get_one(Item, item_id)
    return ItemData(id=found.id, label=found.label)
"""
ROUTE = """

@router.get("/items{number}/{{item_id}}", dependencies=[public()])
async def read_items{number}(item_id: int, settings: Annotated[Settings, Depends(module_settings)]) -> ItemData:
    return ItemData(id=item_id, label=settings.label)
"""
METADATA = "Metadata-Version: 2.4\nName: hub-module-{name}\nVersion: 1.0.0\nRequires-Dist: hub-hookspecs<2,>=1\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def install_good(site: Path, count: int) -> list[str]:
    """Write ``count`` distributions into ``site`` and give the names of the modules."""
    names = [f"good{number:04}" for number in range(count)]
    for name in names:
        _write(site, f"hub_module_{name}-1.0.0.dist-info", _files(name))
    return names


def _files(name: str) -> dict[str, str]:
    routes = "".join(ROUTE.format(number=number) for number in range(ROUTES - 2))
    package = {
        "__init__.py": TOP.format(name=name),
        "hub-module.toml": MANIFEST.format(name=name),
        "config.py": CONFIG,
        "models/__init__.py": MODELS.format(name=name),
        "migrations/versions/first.py": REVISION.format(name=name),
        "routes/__init__.py": "",
        "routes/api/__init__.py": "",
        "routes/api/items.py": ROUTES_HEAD.format(name=name) + routes,
    }
    info = f"hub_module_{name}-1.0.0.dist-info"
    return {
        **{f"{name}/{path}": text for path, text in package.items()},
        f"{info}/METADATA": METADATA.format(name=name),
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": f"[hub.modules]\n{name} = {name}\n",
    }


def _write(site: Path, info: str, files: Mapping[str, str]) -> None:
    rows = [_record_row(path, text) for path, text in files.items()]
    for path, text in {**files, f"{info}/RECORD": "\n".join((*rows, f"{info}/RECORD,,\n"))}.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)


def _record_row(path: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text.encode())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A module whose import is well and that cannot be wired: one file of it, and words of what is said."""

    path: str
    source: str
    text: str


def _top(text: str, source: str) -> Wrong:
    return Wrong(path="__init__.py", source=f"from hub_hookspecs import hookimpl\n{source}\n", text=text)


def _models(text: str, table: str) -> Wrong:
    head = (
        "from hub_hookspecs.database import module_metadata\n"
        "from sqlalchemy import Column, Integer, Table\n"
        "from sqlalchemy.orm import DeclarativeBase\n"
        'class Base(DeclarativeBase): metadata = module_metadata("NAME")\n'
    )
    return Wrong(path="models/__init__.py", source=f"{head}{table}\n", text=text)


def _routes(text: str, source: str) -> Wrong:
    head = (
        "from fastapi import APIRouter\n"
        "from fastapi.staticfiles import StaticFiles\n"
        "from hub_hookspecs.web import public, requires\n"
        "router = APIRouter()\n"
    )
    return Wrong(path="routes/api/things.py", source=f"{head}{source}\n", text=text)


AT_WIRING = {
    "implements an unknown hook": _top("hub_rotues", "@hookimpl\ndef hub_rotues(): ..."),
    "raises in a hook": _top("KeyError: 'till'", "@hookimpl\ndef hub_services(): raise KeyError('till')"),
    "has settings that are no model": Wrong(
        path="config.py", source="Settings = dict\n", text="not a pydantic model"
    ),
    "declares another's table": _models(
        "table other_thing does not begin with",
        'Table("other_thing", Base.metadata, Column("id", Integer, primary_key=True))',
    ),
    "guards no route": _routes("neither requires() nor public()", '@router.get("/x")\nasync def x(): ...'),
    "asks for a permission nobody declared": _routes(
        "permission NAME.other is not declared", '@router.get("/x", dependencies=[requires("NAME.other")])\nasync def x(): ...'
    ),
    "mounts an application": _routes(
        "a Mount cannot carry a permission", 'router.mount("/files", StaticFiles(directory="."))'
    ),
}  # fmt: skip
AT_IMPORT = (
    "raises",
    "cannot be parsed",
    "lacks a library",
    "exits in order",
    "interrupts",
    "recurses",
    "ends the process badly",
    "crashes",
    "aborts",
    "kills itself",
    "fills the memory",
    "writes an endless file",
    "asks a question",
    "closes every file",
    "writes into every file",
    "starts a thread",
    "starts a process",
    "handles a signal",
    "replaces a library",
    "goes in front of the path",
    "goes elsewhere",
    "sets up logging",
    "patches the clock",
)
"""Without those that are ended at the limit of time: each takes the 20 seconds that it has."""


def install_bad(samples: SampleModules) -> dict[str, str]:
    """Install all thirty, and give words of what is said for each name."""
    expected = {}
    for number, way in enumerate(AT_IMPORT):
        samples.install(name := f"bad{number:02}", {"__init__.py": BAD_MODULES[way].source})
        expected[name] = BAD_MODULES[way].text
    for number, wrong in enumerate(AT_WIRING.values(), len(AT_IMPORT)):
        samples.install(name := f"bad{number:02}", {wrong.path: wrong.source.replace("NAME", name)})
        expected[name] = wrong.text.replace("NAME", name)
    return expected
