"""Keep passwords off the screen and out of logs that keep what was printed."""

import re
from typing import Any

_IN_URL = re.compile(r"(://[^\s:/@]*:)[^\s]*(?=@)")
_IN_QUERY = re.compile(r"([?&](?:password|sslpassword|token)=)[^\s&'\"]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Replace the password of every URL in ``text``."""
    return _IN_QUERY.sub(r"\1***", _IN_URL.sub(r"\1***", text))


def masked_value(value: Any) -> Any:
    """The same for every text in a value that will be JSON: modules and databases say what they like when they fail."""
    match value:
        case str():
            return masked(value)
        case list() | tuple():
            return [masked_value(each) for each in value]
        case dict():
            return {key: masked_value(each) for key, each in value.items()}
    return value
