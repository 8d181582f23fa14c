"""The counters invoice numbers are drawn from, one row per tenant, prefix and year."""

from hub_hookspecs.database import TenantScoped
from sqlalchemy import BigInteger, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class NumberSeries(TenantScoped, Base):
    """``last_number`` is the one drawn last; the row stays locked until the transaction that drew it ends."""

    __tablename__ = "billing_number_series"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "prefix", "year"),)

    prefix: Mapped[str] = mapped_column(String(20))
    year: Mapped[int] = mapped_column(Integer)
    last_number: Mapped[int] = mapped_column(BigInteger)
