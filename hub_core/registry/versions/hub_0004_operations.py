"""Operations that can be finished or undone by whoever comes next: numbers, steps, and the generation they lead to."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0004"
down_revision = "hub_0003"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    with op.batch_alter_table("hub_operation") as batch:
        batch.add_column(sa.Column("number", sa.Integer()))
        batch.add_column(sa.Column("actor", sa.String(200)))
        batch.add_column(sa.Column("intent", sa.JSON()))
        batch.add_column(sa.Column("reason", sa.Text()))
    # by their ids, which begin with the time
    op.execute(
        "UPDATE hub_operation SET number = (SELECT count(*) FROM hub_operation AS earlier WHERE earlier.id <= hub_operation.id)"
    )
    with op.batch_alter_table("hub_operation") as batch:
        batch.create_unique_constraint("uq_hub_operation_number", ["number"])
    op.create_table(
        "hub_operation_step",
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("backup", sa.Text()),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("operation", "number", name="pk_hub_operation_step"),
    )
    op.create_table(
        "hub_generation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("environment", sa.String(100)),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_generation"),
    )


def downgrade() -> None:
    op.drop_table("hub_generation")
    op.drop_table("hub_operation_step")
    with op.batch_alter_table("hub_operation") as batch:
        batch.drop_constraint("uq_hub_operation_number", type_="unique")
    with op.batch_alter_table("hub_operation") as batch:
        for column in ("reason", "intent", "actor", "number"):
            batch.drop_column(column)
