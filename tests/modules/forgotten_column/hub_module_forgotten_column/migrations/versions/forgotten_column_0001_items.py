"""Items, without their price."""

import sqlalchemy as sa
from alembic import op

revision = "forgotten_column_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten_column_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgotten_column_item"),
    )


def downgrade() -> None:
    op.drop_table("forgotten_column_item")
