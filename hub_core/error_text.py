"""What an error says, as one short line that may be kept and shown: in the journal, the audit log and an answer over HTTP."""

import re
from typing import Final

from .errors import HubError

LONGEST_TEXT: Final = 400
_LONGEST_REASON: Final = 2000
_IN_URL: Final = re.compile(r"(://[^\s:/@]*:)[^\s]*(?=@)")
_IN_QUERY: Final = re.compile(r"([?&](?:password|sslpassword|token)=)[^\s&'\"]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Replace the password of every URL in ``text``."""
    return _IN_QUERY.sub(r"\1***", _IN_URL.sub(r"\1***", text))


def one_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """A stranger's text as one short line that any terminal and any file takes."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def kept_line(text: str, longest: int = LONGEST_TEXT) -> str:
    """The same without passwords; masked first, as half a URL is not known as one."""
    return one_line(masked(text), longest)


def reason_line(problem: str, cause: str | None) -> str:
    """A failure with its cause, which may tell of several modules, as the journal and the audit log keep it."""
    return kept_line(f"{problem}; cause: {cause}" if cause else problem, _LONGEST_REASON)


def error_line(error: BaseException) -> str:
    """What ``error`` is about and what it says, without passwords."""
    if isinstance(error, HubError):
        return reason_line(error.problem, error.cause)
    try:
        said = str(error)
    except Exception:  # its text is code of whoever raised it
        said = ""
    name = type(error).__name__
    return kept_line(f"{name}: {said}" if said else name)
