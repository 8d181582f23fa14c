"""Categories, returns and longer names."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shop_0002"
down_revision = "shop_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TYPE shop_order_status ADD VALUE 'paid' AFTER 'draft'")
        op.execute("ALTER TYPE shop_order_status ADD VALUE 'returned' AFTER 'sent'")
    else:
        with op.batch_alter_table("shop_order") as shop_order:
            shop_order.alter_column(
                "status",
                existing_type=sa.String(5).with_variant(
                    postgresql.ENUM("draft", "sent", name="shop_order_status", create_type=False),
                    "postgresql",
                ),
                type_=sa.String(8).with_variant(
                    postgresql.ENUM("draft", "paid", "sent", "returned", name="shop_order_status", create_type=False),
                    "postgresql",
                ),
            )
    op.create_table(
        "shop_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(50), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_category"),
        sa.ForeignKeyConstraint(["parent_id"], ["shop_category.id"], name="fk_shop_category_parent_id"),
        sa.UniqueConstraint("name", name="uq_shop_category_name"),
    )
    op.drop_index("ix_shop_item_offered", "shop_item")
    if op.get_bind().dialect.name == "sqlite":  # it rebuilds the table, and finds no index of expressions
        op.drop_index("ix_shop_item_lower_name", "shop_item")
    with op.batch_alter_table("shop_item") as shop_item:
        shop_item.add_column(sa.Column("unit", sa.String(10), nullable=True))
    op.execute("UPDATE shop_item SET unit = 'piece'")
    with op.batch_alter_table("shop_item") as shop_item:
        shop_item.drop_constraint("ck_shop_item_price_positive", type_="check")
        shop_item.add_column(sa.Column("category_id", sa.Integer(), nullable=True))
        shop_item.alter_column("unit", existing_type=sa.String(10), nullable=False)
        shop_item.add_column(sa.Column("details", sa.JSON(), server_default=sa.text("'{}'"), nullable=False))
        shop_item.alter_column("name", existing_type=sa.String(50), type_=sa.String(200))
        shop_item.create_foreign_key(
            "fk_shop_item_category_id",
            "shop_category",
            ["category_id"],
            ["id"],
            ondelete="SET NULL",
        )
        shop_item.create_check_constraint("ck_shop_item_named", "name <> ''")
        shop_item.create_check_constraint("ck_shop_item_price_positive", "price >= 0 AND price < 100000000")
        shop_item.drop_column("colour")
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_shop_item_lower_name", "shop_item", [sa.text("lower(name)")])
    op.create_index("ix_shop_item_category_id", "shop_item", ["category_id"])
    op.create_index(
        "ix_shop_item_offered",
        "shop_item",
        ["code", "name"],
        sqlite_where=sa.text("offered"),
        postgresql_where=sa.text("offered"),
    )
    with op.batch_alter_table("shop_item_tag") as shop_item_tag:
        shop_item_tag.add_column(sa.Column("position", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("shop_line") as shop_line:
        shop_line.add_column(sa.Column("discount", sa.Integer(), server_default="0", nullable=False))
        shop_line.alter_column("quantity", existing_type=sa.Numeric(8, 2), type_=sa.Numeric(10, 3))
    op.create_index("ix_shop_line_order_id", "shop_line", ["order_id"])
    op.execute("UPDATE shop_order SET note = '' WHERE note IS NULL")
    with op.batch_alter_table("shop_order") as shop_order:
        shop_order.alter_column("note", existing_type=sa.String(100), type_=sa.Text(), nullable=False)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TYPE shop_order_status RENAME TO shop_order_status_before")
        op.execute("CREATE TYPE shop_order_status AS ENUM ('draft', 'sent')")
        op.execute("ALTER TABLE shop_order ALTER COLUMN status DROP DEFAULT")
        op.execute(
            "ALTER TABLE shop_order ALTER COLUMN status TYPE shop_order_status USING status::text::shop_order_status",
        )
        op.alter_column("shop_order", "status", server_default="draft")
        op.execute("DROP TYPE shop_order_status_before")
    else:
        with op.batch_alter_table("shop_order") as shop_order:
            shop_order.alter_column(
                "status",
                existing_type=sa.String(8).with_variant(
                    postgresql.ENUM("draft", "paid", "sent", "returned", name="shop_order_status", create_type=False),
                    "postgresql",
                ),
                type_=sa.String(5).with_variant(
                    postgresql.ENUM("draft", "sent", name="shop_order_status", create_type=False),
                    "postgresql",
                ),
            )
    op.drop_index("ix_shop_item_category_id", "shop_item")
    op.drop_index("ix_shop_item_offered", "shop_item")
    if op.get_bind().dialect.name == "sqlite":  # it rebuilds the table, and finds no index of expressions
        op.drop_index("ix_shop_item_lower_name", "shop_item")
    with op.batch_alter_table("shop_item") as shop_item:
        shop_item.drop_constraint("fk_shop_item_category_id", type_="foreignkey")
        shop_item.drop_constraint("ck_shop_item_named", type_="check")
        shop_item.drop_constraint("ck_shop_item_price_positive", type_="check")
        shop_item.add_column(sa.Column("colour", sa.String(20), nullable=True))
        shop_item.alter_column("name", existing_type=sa.String(200), type_=sa.String(50))
        shop_item.create_check_constraint("ck_shop_item_price_positive", "price >= 0")
        shop_item.drop_column("category_id")
        shop_item.drop_column("unit")
        shop_item.drop_column("details")
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_shop_item_lower_name", "shop_item", [sa.text("lower(name)")])
    op.create_index(
        "ix_shop_item_offered",
        "shop_item",
        ["code"],
        sqlite_where=sa.text("offered"),
        postgresql_where=sa.text("offered"),
    )
    with op.batch_alter_table("shop_item_tag") as shop_item_tag:
        shop_item_tag.drop_column("position")
    op.drop_index("ix_shop_line_order_id", "shop_line")
    with op.batch_alter_table("shop_line") as shop_line:
        shop_line.alter_column("quantity", existing_type=sa.Numeric(10, 3), type_=sa.Numeric(8, 2))
        shop_line.drop_column("discount")
    with op.batch_alter_table("shop_order") as shop_order:
        shop_order.alter_column("note", existing_type=sa.Text(), type_=sa.String(100), nullable=True)
    op.drop_table("shop_category")
