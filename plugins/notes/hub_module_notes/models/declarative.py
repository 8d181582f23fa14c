"""The declarative base of notes."""

from hub_hookspecs.database import module_metadata
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Holds every table of this module."""

    metadata = module_metadata("notes")
