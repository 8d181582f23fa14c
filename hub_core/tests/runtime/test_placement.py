"""A module may have its tables in a PostgreSQL schema of its own; it and the others notice nothing of it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.migrate import migrate
from hub_core.settings import read_settings
from hub_core.tests.runtime.test_one_module_fails import brought_up
from hub_core.tests.sample_modules import SampleModules

REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "{name}_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table("{name}_item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.String(20)))

    def downgrade() -> None:
        op.drop_table("{name}_item")
"""
MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        metadata = module_metadata("{name}")

    class Item(Base):
        __tablename__ = "{name}_item"
        id: Mapped[int] = mapped_column(primary_key=True)
        note: Mapped[str] = mapped_column(String(20))
"""
ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import Session, public
    from sqlalchemy import select, text
    from sample_{name}.models import Item

    router = APIRouter(dependencies=[public()])

    @router.post("/items")
    async def add(session: Session, note: str) -> int:
        item = Item(note=note)
        session.add(item)
        await session.flush()
        return item.id

    @router.get("/items")
    async def items(session: Session) -> list[str]:
        return list(await session.scalars(select(Item.note).order_by(Item.id)))

    @router.get("/both")
    async def both(session: Session) -> list[int]:
        rows = await session.execute(text("SELECT (SELECT count(*) FROM shop_item), (SELECT count(*) FROM shed_item)"))
        return list(rows.one())
"""
HUB_TOML = '[modules.shed]\n[modules.shop]\nplacement = "{placement}"\n'


@pytest.fixture
def modules(samples: SampleModules) -> None:
    for name in ("shop", "shed"):
        files = {
            "migrations/versions/1.py": REVISION,
            "models/__init__.py": MODELS,
            "routes/api/items.py": ROUTES,
        }
        samples.install(name, {path: content.replace("{name}", name) for path, content in files.items()})


def schemas(url: str) -> dict[str, str]:
    """The schema of each table of the two modules."""
    with connect(parse_url(url)) as connection:
        rows = connection.execute(text("SELECT tablename, schemaname FROM pg_tables WHERE tablename ~ '^(shop|shed)_'"))
        return dict(rows.all())


async def test_its_tables_lie_in_a_schema_of_their_own_and_it_serves(
    modules: None, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML.format(placement="schema"))
    if parse_url(database_url).kind == "sqlite":
        async with brought_up(tmp_path, database_url) as (hub, client):
            assert "shop" not in hub.modules
            assert 'placement = "schema"' in hub.failures()["shop"].reason.remedy
            assert (await client.get("/api/v1/shed/items")).status_code == 200
            assert (await client.get("/api/v1/shop/items")).status_code == 503
        return
    async with brought_up(tmp_path, database_url) as (_, client):
        assert schemas(database_url) == {
            "shed_alembic_version": "public",
            "shed_item": "public",
            "shop_alembic_version": "hub_shop",
            "shop_item": "hub_shop",
        }
        for name in ("shop", "shed", "shop"):
            assert (await client.post(f"/api/v1/{name}/items?note=in-{name}")).status_code == 200
        assert (await client.get("/api/v1/shop/items")).json() == ["in-shop", "in-shop"]
        assert (await client.get("/api/v1/shed/items")).json() == ["in-shed"]
        assert (await client.get("/api/v1/shop/both")).json() == [2, 1]
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/items")).json() == ["in-shop", "in-shop"]
    settings = read_settings(tmp_path, database_url=database_url)
    done = migrate(settings, name="shop", target="base", agree=lambda plan: None, on_revision=lambda run: None)
    assert done.modules == ("shop",)
    assert schemas(database_url).keys() == {"shed_alembic_version", "shed_item", "shop_alembic_version"}


async def test_it_stays_where_it_was_made(modules: None, tmp_path: Path, database_url: str) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML.format(placement="shared"))
    async with brought_up(tmp_path, database_url):
        pass
    (tmp_path / "hub.toml").write_text(HUB_TOML.format(placement="schema"))
    async with brought_up(tmp_path, database_url) as (hub, client):
        (line,) = [line for line in hub.listing() if line.name == "shop"]
        assert [reason.code for reason in line.reasons] == ["placement_changed"]
        assert (await client.get("/api/v1/shed/items")).status_code == 200
    (tmp_path / "hub.toml").write_text("[modules.shed]\n[modules.shop]\n")
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert (await client.get("/api/v1/shop/items")).status_code == 200
