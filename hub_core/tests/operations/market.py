"""A module with every type of column and data files that a test writes: installed, brought up, upgraded, asked."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.previews.preview import preview
from hub_core.operations.up import Raised, up
from hub_core.planning import Plan
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_modules import SampleModules

MODELS = """
import enum
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime, module_metadata
from sqlalchemy import JSON, DateTime, Enum, ForeignKey, LargeBinary, Numeric, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("market")


class State(enum.Enum):
    NEW = "n"
    OLD = "o"


class Category(TenantScoped, Base):
    __tablename__ = "market_category"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(100))
    color: Mapped[str] = mapped_column(String(10), server_default="red")
    note: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("market_category.id"))


class Item(TenantScoped, Base):
    __tablename__ = "market_item"
    __table_args__ = (UniqueConstraint("tenant_id", "category_id", "sku"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(String(20))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("market_category.id"))
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=Decimal("1.00"))
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    plain_at: Mapped[datetime | None]
    day: Mapped[date | None]
    lasts: Mapped[timedelta | None]
    uid: Mapped[UUID | None]
    state: Mapped[State | None] = mapped_column(Enum(State, name="market_state"))
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    doc: Mapped[dict | None] = mapped_column(JSON)
    flag: Mapped[bool | None]
    ratio: Mapped[float | None]


class Unit(Base):
    __tablename__ = "market_unit"
    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    of: Mapped[str | None] = mapped_column(ForeignKey("market_unit.code"))
"""
REVISION = """
from alembic import op
from sample_market.models import Base

revision = "market_1"
down_revision = None


def upgrade():
    Base.metadata.create_all(op.get_bind())


def downgrade():
    Base.metadata.drop_all(op.get_bind())
"""
FAILING = """
revision = "market_2"
down_revision = "market_1"


def upgrade():
    raise RuntimeError("not this one")
"""
ADDS_A_COLUMN = """
import sqlalchemy as sa
from alembic import op

revision = "market_2"
down_revision = "market_1"


def upgrade():  # the models have it already, so a new database makes it with them
    if "note" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("market_category")}:
        op.add_column("market_category", sa.Column("note", sa.Text))


def downgrade():
    op.drop_column("market_category", "note")
"""
NOTHING = FAILING.replace('raise RuntimeError("not this one")', "pass")


def block(table: str, key: Sequence[str], *rows: Mapping[str, Any]) -> dict[str, Any]:
    """One block of a data file."""
    return {"table": f"market_{table}", "key": list(key), "rows": list(rows)}


def ref(table: str, **key: Any) -> dict[str, Any]:
    """A reference to a row."""
    return {"$ref": {"table": f"market_{table}", **key}}


def categories(*rows: Mapping[str, Any]) -> dict[str, Any]:
    """A block of categories, each with a name where it gives none."""
    return block("category", ["code"], *({"name": f"Name of {row['code']}", **row} for row in rows))


@dataclass
class Market:
    """A hub in ``folder`` with the module market and, where a test installs it, another one."""

    folder: Path
    database_url: str
    samples: SampleModules
    others: tuple[str, ...] = ()
    plans: list[Plan] = field(default_factory=list)

    @property
    def package(self) -> Path:
        """The folder of the module."""
        return self.samples.site / "sample_market"

    @property
    def settings(self) -> HubSettings:
        """As they are read in the folder."""
        return read_settings(self.folder, database_url=self.database_url)

    def install(self, version: str = "1.0", **files: Any) -> "Market":
        """Make ``version`` the installed one, with these data files (``demo_10=…`` is ``data/demo/10.json``) and no others."""
        if not self.package.exists():
            revision = {"migrations/versions/market_1.py": REVISION}
            self.samples.install("market", {"models.py": MODELS, **revision})
        for old in self.package.glob("data/**/*.json"):
            old.unlink()
        for name, content in files.items():
            place = "data/demo" if name.startswith("demo_") else "data"
            file = self.package / place / f"{name.removeprefix('demo_').removeprefix('seed_')}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
        metadata = self.samples.site / "sample_market-1.0.dist-info" / "METADATA"
        metadata.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", metadata.read_text()))
        return self

    def revision(self, text: str) -> None:
        """Add a second revision, or replace it."""
        (self.package / "migrations" / "versions" / "market_2.py").write_text(text)

    def up(self, *, demo: bool = False, placement: str = "shared") -> Raised:
        """``hub up``, without serving."""
        lines = [f"[modules.{name}]\nenabled = true\n" for name in ("market", *self.others)]
        lines[0] += "demo = true\n" if demo else ""
        lines[0] += f"placement = {json.dumps(placement)}\n"
        (self.folder / "hub.toml").write_text("".join(lines))
        return up(self.settings, agree=self.plans.append, on_revision=lambda run: None)

    def steps(self) -> list[str]:
        """What ``hub plan`` would do."""
        return [step.text for step in preview(self.settings).plan.steps]

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a query answers."""
        with connect(parse_url(self.database_url)) as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def run(self, *statements: str) -> None:
        """Change something, as an operator would."""
        with connect(parse_url(self.database_url)) as connection:
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()

    def names(self) -> dict[str, str]:
        """The names of categories by code."""
        return dict(self.ask("SELECT code, name FROM market_category ORDER BY code"))


def failure(raised: Raised) -> str:
    """Phase and text of the one failure there must be."""
    (error,) = raised.errors
    return f"{error.phase}: {error.cause}"
