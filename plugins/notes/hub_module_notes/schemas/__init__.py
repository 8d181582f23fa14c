"""What the HTTP API takes and gives."""

from .notes import NoteChange, NoteFilter, NotePage, NoteRead, NoteWrite

__all__ = ["NoteChange", "NoteFilter", "NotePage", "NoteRead", "NoteWrite"]
