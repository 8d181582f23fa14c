"""The tables of release 1.0."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from hub_hookspecs import uuid7
from hub_hookspecs.database import TenantScoped, UtcDateTime, module_metadata
from sqlalchemy import (
    CheckConstraint,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = module_metadata("shop")


class OrderStatus(StrEnum):
    DRAFT = "draft"
    SENT = "sent"


item_tag = Table(
    "shop_item_tag",
    Base.metadata,
    Column("item_id", ForeignKey("shop_item.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("shop_tag.id", ondelete="CASCADE"), primary_key=True),
)


class Tag(Base):
    __tablename__ = "shop_tag"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(20), unique=True)


class Item(TenantScoped, Base):
    __tablename__ = "shop_item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("price >= 0", name="price_positive"),
        Index("ix_shop_item_lower_name", text("lower(name)")),
        Index("ix_shop_item_offered", "code", sqlite_where=text("offered"), postgresql_where=text("offered")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(50))
    price: Mapped[int] = mapped_column(Integer)
    offered: Mapped[bool] = mapped_column(server_default=false())
    colour: Mapped[str | None] = mapped_column(String(20))
    tags: Mapped[list[Tag]] = relationship(secondary=item_tag)


class Order(TenantScoped, Base):
    __tablename__ = "shop_order"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    status: Mapped[OrderStatus] = mapped_column(
        Enum(OrderStatus, name="shop_order_status", values_callable=lambda each: [one.value for one in each]),
        server_default="draft",
    )
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    note: Mapped[str | None] = mapped_column(String(100))
    lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")


class Line(Base):
    __tablename__ = "shop_line"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("shop_order.id", ondelete="CASCADE"))
    item_id: Mapped[UUID] = mapped_column(ForeignKey("shop_item.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(8, 2))
