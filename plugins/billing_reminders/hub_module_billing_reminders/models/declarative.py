"""The declarative base of billing_reminders."""

from hub_hookspecs.database import module_metadata
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Holds every table of this module."""

    metadata = module_metadata("billing_reminders")
