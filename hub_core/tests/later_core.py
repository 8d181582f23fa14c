"""The revision that a later release of the hub brings for its own tables: a table and a column more, and the way back."""

from typing import Final

from hub_core.registry import CORE_REVISION

LATER_REVISION: Final = "hub_9999"


def later_revision(more: str = "") -> str:
    """The text of its file; ``more`` is done at the end of the upgrade."""
    return f"""
import sqlalchemy as sa
from alembic import op

revision = "{LATER_REVISION}"
down_revision = "{CORE_REVISION}"


def upgrade() -> None:
    op.create_table("hub_novelty", sa.Column("id", sa.Integer, primary_key=True))
    with op.batch_alter_table("hub_module") as batch:
        batch.add_column(sa.Column("novelty", sa.Integer()))
    {more}


def downgrade() -> None:
    op.drop_table("hub_novelty")
    with op.batch_alter_table("hub_module") as batch:
        batch.drop_column("novelty")
"""
