"""The declarative base of billing and the column types its tables share."""

from decimal import Decimal
from typing import Any

from hub_hookspecs.database import module_metadata
from sqlalchemy import Dialect, Numeric, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine


class Base(DeclarativeBase):
    metadata = module_metadata("billing")


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with fixed places: NUMERIC on PostgreSQL, text on SQLite, whose NUMERIC would be a binary float."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(self.precision + 2))
        return dialect.type_descriptor(Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return f"{value:.{self.scale}f}"

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)
