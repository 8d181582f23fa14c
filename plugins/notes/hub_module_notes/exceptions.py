"""Expected failures of notes."""

from uuid import UUID

from hub_hookspecs import NotFound, Problem


class NoteUnknown(NotFound):
    """No note has this id."""

    code = "note_unknown"

    def __init__(self, note: UUID) -> None:
        super().__init__(f"there is no note {note}; list them at /api/v1/notes/notes")


class TextTooLong(Problem):
    """The text has more characters than the settings allow."""

    status = 422
    code = "text_too_long"

    def __init__(self, length: int, max_length: int) -> None:
        super().__init__(
            f"the text has {length} characters, and a note may have {max_length}; shorten it, or raise max_length in the "
            "settings of notes",
            length=length,
            max_length=max_length,
        )
