"""What models are made of. Imported by a module's ``models/``; the hub's top level does without SQLAlchemy."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column

DEFAULT_TENANT: Final = "default"

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def module_metadata(module: str) -> MetaData:
    """Make the one metadata of a module: every table in it is named ``<module>_…`` (or by its manifest's prefix).

    Give it to the module's declarative base::

        class Base(DeclarativeBase):
            metadata = module_metadata("billing")

    Constraints and indexes get predictable names, so that a migration can address them on every database.
    No foreign key may leave the module.
    """
    return MetaData(naming_convention=NAMING, info={"hub_module": module})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware ``datetime`` in UTC on both databases; SQLite alone would drop the zone. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a time zone, for example datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class TenantScoped:
    """Mixin for business tables: each row belongs to one tenant.

    Until tenants are configured there is one, ``default``. Put ``tenant_id`` first in unique constraints.
    """

    tenant_id: Mapped[str] = mapped_column(String(63), default=DEFAULT_TENANT, server_default=DEFAULT_TENANT)
