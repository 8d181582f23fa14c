"""Make module distributions on disk, as an installer leaves them: a package beside its ``dist-info``."""

import base64
import hashlib
from pathlib import Path

ROUTES = 10

MANIFEST = """\
title = "Bench {number}"
category = "Benchmark"

[[permissions]]
name = "{name}.item.read"
title = "Read items"
"""

CONFIG = """\
from pydantic import BaseModel


class Settings(BaseModel):
    page_size: int = 50
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

ROUTES_HEAD = """\
from fastapi import APIRouter
from hub_hookspecs.web import public, requires
from pydantic import BaseModel

router = APIRouter()


class Item(BaseModel):
    id: int
    label: str
"""

ROUTE = """

@router.get("/{path}/{{item_id}}", dependencies=[{guard}])
async def read_{path}(item_id: int, label: str = "a") -> Item:
    return Item(id=item_id, label=label)
"""

BARE_HEAD = """\
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    id: int
    label: str
"""

BARE_DATA = """\
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

sessions = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "item"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]


class Settings(BaseModel):
    page_size: int = 50
"""

BARE_ROUTE = """

@app.get("/api/v1/{name}/{path}/{{item_id}}")
async def read_{path}(item_id: int, label: str = "a") -> Item:
    return Item(id=item_id, label=label)
"""


def module_name(number: int) -> str:
    """The name of the numbered module."""
    return f"bench{number:04}"


def make_bare_applications(folder: Path) -> None:
    """Write ``bare.py``, FastAPI with the first module's open routes, and ``bare_data.py``, with its models too."""
    routes = "".join(BARE_ROUTE.format(name=module_name(0), path=f"items{index}") for index in range(ROUTES - 1))
    (folder / "bare.py").write_text(BARE_HEAD + routes, encoding="utf-8")
    (folder / "bare_data.py").write_text(BARE_HEAD + BARE_DATA + routes, encoding="utf-8")


def make_distributions(folder: Path, count: int, requires: tuple[str, ...] = ("hub-hookspecs<2,>=1",)) -> None:
    """Write ``count`` distributions into ``folder``; each has models, settings and ten routes, the last one guarded."""
    for number in range(count):
        name = module_name(number)
        _write_distribution(folder, name, _package_files(name, number), requires)


def _package_files(name: str, number: int) -> dict[str, str]:
    guards = ["public()"] * (ROUTES - 1) + [f'requires("{name}.item.read")']
    routes = "".join(ROUTE.format(path=f"items{index}", guard=guard) for index, guard in enumerate(guards))
    return {
        f"{name}/__init__.py": "",
        f"{name}/hub-module.toml": MANIFEST.format(name=name, number=number),
        f"{name}/config.py": CONFIG,
        f"{name}/models/__init__.py": MODELS.format(name=name),
        f"{name}/routes/__init__.py": "",
        f"{name}/routes/api/__init__.py": "",
        f"{name}/routes/api/items.py": ROUTES_HEAD + routes,
    }


def _write_distribution(folder: Path, name: str, files: dict[str, str], requires: tuple[str, ...]) -> None:
    info = f"hub_module_{name}-1.0.0.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.4\nName: hub-module-{name}\nVersion: 1.0.0\n" + "".join(
        f"Requires-Dist: {each}\n" for each in requires
    )
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: benchmarks\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = f"[hub.modules]\n{name} = {name}\n"
    files[f"{info}/RECORD"] = "".join(map(_record_row, files.items())) + f"{info}/RECORD,,\n"
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _record_row(file: tuple[str, str]) -> str:
    path, text = file
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text.encode())}\n"
