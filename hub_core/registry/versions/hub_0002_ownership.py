"""Whose each table is, where a module's tables lie, what seed data was applied, and the fuse of migrations."""

import sqlalchemy as sa
from alembic import op

revision = "hub_0002"
down_revision = "hub_0001"


def upgrade() -> None:
    with op.batch_alter_table("hub_module") as batch:
        batch.add_column(sa.Column("table_prefix", sa.String(50)))
        batch.add_column(sa.Column("placement", sa.String(20), nullable=False, server_default="shared"))
    with op.batch_alter_table("hub_wish") as batch:
        batch.add_column(sa.Column("placement", sa.String(20)))
        batch.add_column(sa.Column("demo", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "hub_table",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("module", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_hub_table"),
    )
    op.create_index("ix_hub_table_module", "hub_table", ["module"])
    _record_what_is_there()
    op.create_table(
        "hub_fuse",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("holds", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_fuse"),
        sa.ForeignKeyConstraint(
            ["holds"], ["hub_fuse.id"], name="fk_hub_fuse_holds", deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_table(
        "hub_seed",
        sa.Column("module", sa.String(100), nullable=False),
        sa.Column("table", sa.String(200), nullable=False),
        sa.Column("key", sa.String(500), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("module", "table", "key", name="pk_hub_seed"),
    )


def _record_what_is_there() -> None:
    """The modules recorded until now made their tables, with the prefix they have by default; nobody else did."""
    connection = op.get_bind()
    if op.get_context().as_sql:
        return
    prefixes = {f"{name}_": name for name in connection.scalars(sa.text("SELECT name FROM hub_module"))}
    made = []
    for table in sa.inspect(connection).get_table_names():
        longest = max(filter(table.startswith, prefixes), key=len, default=None)
        if longest is not None:
            made.append({"name": table, "module": prefixes[longest]})
    if made:
        owners = sa.table("hub_table", sa.column("name"), sa.column("module"))
        op.bulk_insert(owners, made)


def downgrade() -> None:
    for table in ("hub_seed", "hub_fuse", "hub_table"):
        op.drop_table(table)
    for table, columns in {"hub_wish": ("demo", "placement"), "hub_module": ("placement", "table_prefix")}.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
