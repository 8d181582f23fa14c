"""The table of notes."""

from .declarative import Base
from .note import Note

__all__ = ["Base", "Note"]
