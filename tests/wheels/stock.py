"""The module ``stock`` in two releases: one table, and a column and a mark that the second release adds to it."""

ROUTE = """
from fastapi import APIRouter
from hub_hookspecs.web import Session, public
from sqlalchemy import text

router = APIRouter(dependencies=[public()])


@router.get("/items")
async def items(session: Session) -> dict[str, list[str]]:
    return {{"{version}": list(await session.scalars(text("SELECT name FROM stock_item ORDER BY name")))}}
"""
FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "stock_0001"
down_revision = None


def upgrade() -> None:
    op.create_table("stock_item", sa.Column("name", sa.String(20), primary_key=True))
    op.execute("INSERT INTO stock_item VALUES ('shipped')")


def downgrade() -> None:
    op.drop_table("stock_item")
"""
NEXT = """
import time

import sqlalchemy as sa
from alembic import op

revision = "stock_000{number}"
down_revision = "stock_000{before}"


def upgrade() -> None:
    op.add_column("stock_item", sa.Column("c{number}", sa.Integer, server_default="{number}"))
    op.execute("UPDATE stock_item SET name = name || '{mark}'")
    {more}


def downgrade() -> None:
    op.drop_column("stock_item", "c{number}")
"""
V10 = {"routes/api/items.py": ROUTE.format(version="1.0"), "migrations/versions/stock_0001.py": FIRST}
V11 = {
    "routes/api/items.py": ROUTE.format(version="1.1"),
    "migrations/versions/stock_0001.py": FIRST,
    "migrations/versions/stock_0002.py": NEXT.format(number=2, before=1, mark="!", more=""),
}
