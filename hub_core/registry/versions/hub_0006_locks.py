"""What each generation runs with: its lock, by content, so that every machine can make the same environment."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0006"
down_revision = "hub_0004"


def upgrade() -> None:
    op.create_table(
        "hub_lock",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_hub_lock"),
    )
    op.add_column("hub_generation", sa.Column("lock", sa.String(64)))


def downgrade() -> None:
    op.drop_column("hub_generation", "lock")
    op.drop_table("hub_lock")
