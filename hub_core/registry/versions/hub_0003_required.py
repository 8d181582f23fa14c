"""Without which modules the hub is not ready."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0003"
down_revision = "hub_0002"


def upgrade() -> None:
    with op.batch_alter_table("hub_wish") as batch:
        batch.add_column(sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("hub_wish") as batch:
        batch.drop_column("required")
