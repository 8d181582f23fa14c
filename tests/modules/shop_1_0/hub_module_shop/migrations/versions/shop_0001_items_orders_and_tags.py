"""Items, orders and tags."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shop_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    sa.Enum("draft", "sent", name="shop_order_status").create(op.get_bind(), checkfirst=True)
    op.create_table(
        "shop_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("colour", sa.String(20), nullable=True),
        sa.Column("tenant_id", sa.String(63), server_default="default", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_item"),
        sa.UniqueConstraint("tenant_id", "code", name="uq_shop_item_tenant_id_code"),
        sa.CheckConstraint("price >= 0", name="ck_shop_item_price_positive"),
    )
    op.create_index("ix_shop_item_lower_name", "shop_item", [sa.text("lower(name)")])
    op.create_index(
        "ix_shop_item_offered",
        "shop_item",
        ["code"],
        sqlite_where=sa.text("offered"),
        postgresql_where=sa.text("offered"),
    )
    op.create_table(
        "shop_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.String(5).with_variant(
                postgresql.ENUM("draft", "sent", name="shop_order_status", create_type=False),
                "postgresql",
            ),
            server_default="draft",
            nullable=False,
        ),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("note", sa.String(100), nullable=True),
        sa.Column("tenant_id", sa.String(63), server_default="default", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_order"),
    )
    op.create_table(
        "shop_tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_tag"),
        sa.UniqueConstraint("name", name="uq_shop_tag_name"),
    )
    op.create_table(
        "shop_item_tag",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "tag_id", name="pk_shop_item_tag"),
        sa.ForeignKeyConstraint(["item_id"], ["shop_item.id"], name="fk_shop_item_tag_item_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["shop_tag.id"], name="fk_shop_item_tag_tag_id", ondelete="CASCADE"),
    )
    op.create_table(
        "shop_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(8, 2), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shop_line"),
        sa.ForeignKeyConstraint(["item_id"], ["shop_item.id"], name="fk_shop_line_item_id"),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name="fk_shop_line_order_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("shop_line")
    op.drop_table("shop_item_tag")
    op.drop_table("shop_tag")
    op.drop_table("shop_order")
    op.drop_table("shop_item")
    sa.Enum("draft", "sent", name="shop_order_status").drop(op.get_bind(), checkfirst=True)
