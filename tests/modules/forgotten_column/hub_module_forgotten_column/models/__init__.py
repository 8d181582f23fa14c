"""A table with a price, which no migration makes."""

from hub_hookspecs.database import module_metadata
from sqlalchemy import Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    metadata = module_metadata("forgotten_column")


class Item(Base):
    __tablename__ = "forgotten_column_item"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    price: Mapped[int] = mapped_column(Integer)
