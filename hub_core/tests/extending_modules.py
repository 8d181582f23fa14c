"""Sample modules around one owner: ``shop`` with a model that others extend and routes that they wrap."""

from hub_core.tests.sample_hub import Sample

MODELS = """
    from uuid import UUID
    from hub_hookspecs import uuid7
    from hub_hookspecs.database import module_metadata
    from hub_hookspecs.extensible import Extensible
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        metadata = module_metadata("shop")

    class Item(Extensible, Base):
        __tablename__ = "shop_item"
        id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
        name: Mapped[str]

    class Closed(Base):
        __tablename__ = "shop_closed"
        id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
"""
TABLES = """
    import sqlalchemy as sa
    from alembic import op
    revision = "shop_1"
    down_revision = None

    def upgrade():
        op.create_table("shop_item", sa.Column("id", sa.Uuid, primary_key=True), sa.Column("name", sa.String, nullable=False))
        op.create_table("shop_closed", sa.Column("id", sa.Uuid, primary_key=True))

    def downgrade():
        op.drop_table("shop_closed")
        op.drop_table("shop_item")
"""
ROUTES = """
    from uuid import UUID
    from fastapi import APIRouter
    from pydantic import BaseModel
    from hub_hookspecs import NotFound
    from hub_hookspecs.web import Session, public, requires
    from sqlalchemy import select
    from ...models import Item

    router = APIRouter()

    class Shown(BaseModel):
        name: str

    class Unknown(NotFound):
        code = "unknown"

    @router.get("/items", dependencies=[public()])
    async def list_items(session: Session) -> list[str]:
        return list(await session.scalars(select(Item.name).order_by(Item.name)))

    @router.post("/items", dependencies=[public()])
    async def add_item(session: Session, shown: Shown) -> Shown:
        session.add(Item(name=shown.name))
        await session.flush()
        return shown

    @router.get("/items/{name}", dependencies=[requires("shop.item.read")])
    async def show_item(name: str) -> Shown:
        if name == "nothing":
            raise Unknown("there is no such item")
        return Shown(name=name)

    @router.get("/twice", name="twice", dependencies=[public()])
    async def once() -> None: ...

    @router.get("/again", name="twice", dependencies=[public()])
    async def again() -> None: ...
"""
MANIFEST = '[[permissions]]\nname = "shop.item.read"\ntitle = "Read"\n'
SHOP = Sample(
    files={"models/__init__.py": MODELS, "routes/api/items.py": ROUTES, "migrations/versions/shop_1.py": TABLES},
    manifest=MANIFEST,
)


def wrapper(source: str, *, route: str = "show_item", after: str = "", requires: tuple[str, ...] = ()) -> Sample:
    """A module whose ``wrap`` is in ``source``, around a route of the shop."""
    head = "from hub_hookspecs import *\nfrom hub_hookspecs import hookimpl\nfrom pydantic import BaseModel\n"
    hook = (
        "\n@hookimpl\ndef hub_route_overrides():\n"
        f"    return [RouteOverride(route='shop:{route}', wrap=wrap, adds=globals().get('Adds'))]\n"
    )
    manifest = f'after = [{after}]\n[[overrides]]\nroute = "shop:{route}"\n'
    return Sample(files={"__init__.py": head + source + hook}, manifest=manifest, requires=("sample-shop", *requires))


def adding(field: str, value: str = "yes") -> str:
    """The source of a wrapper that adds one field to the answer."""
    return (
        "from hub_hookspecs.web import with_fields\n"
        f"class Adds(BaseModel):\n    {field}: str = {value!r}\n"
        "async def wrap(request, call_next):\n    return with_fields(await call_next(), Adds())\n"
    )


def extender(name: str, *, fields: str = '"stars", "note"', extra: str = "") -> Sample:
    """A module that keeps stars and a note for each item of the shop."""
    models = f"""
        from uuid import UUID
        from hub_hookspecs.database import module_metadata
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

        class Base(DeclarativeBase):
            metadata = module_metadata("{name}")

        class Fields(Base):
            __tablename__ = "{name}_item"
            item_id: Mapped[UUID] = mapped_column(primary_key=True)
            stars: Mapped[int] = mapped_column(default=0)
            note: Mapped[str | None]
    """
    tables = f"""
        import sqlalchemy as sa
        from alembic import op
        revision = "{name}_1"
        down_revision = None

        def upgrade():
            op.create_table(
                "{name}_item", sa.Column("item_id", sa.Uuid, primary_key=True),
                sa.Column("stars", sa.Integer, nullable=False), sa.Column("note", sa.String),
            )

        def downgrade():
            op.drop_table("{name}_item")
    """
    hook = (
        "from hub_hookspecs import ModelExtension, hookimpl\n"
        "@hookimpl\ndef hub_model_extensions():\n    from .models import Fields\n"
        "    return [ModelExtension(target='shop.Item', model=Fields, key='item_id')]\n"
    )
    return Sample(
        files={
            "__init__.py": hook + extra,
            "models/__init__.py": models,
            f"migrations/versions/{name}_1.py": tables,
        },
        manifest=f'[[extends]]\nmodel = "shop.Item"\nfields = [{fields}]\n',
        requires=("sample-shop",),
    )
