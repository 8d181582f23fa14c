"""The declarative base of payments, and the column type its tables share."""

from hub_hookspecs.database import module_metadata
from sqlalchemy import Enum
from sqlalchemy.orm import DeclarativeBase

from ..interface import IntentStatus


class Base(DeclarativeBase):
    """Holds every table of this module."""

    metadata = module_metadata("payments")


StatusType = Enum(
    IntentStatus,
    native_enum=False,
    create_constraint=False,
    length=16,
    values_callable=lambda statuses: [status.value for status in statuses],
)
"""A status as its text, so that a later status needs no change of type in the database."""
