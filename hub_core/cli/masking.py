"""Keep passwords off the screen and out of logs that keep what was printed."""

import re

_IN_URL = re.compile(r"(://[^\s:/@]*:)[^\s]*(?=@)")
_IN_QUERY = re.compile(r"([?&](?:password|sslpassword|token)=)[^\s&'\"]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Replace the password of every URL in ``text``."""
    return _IN_QUERY.sub(r"\1***", _IN_URL.sub(r"\1***", text))
