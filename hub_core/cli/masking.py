"""Keep passwords off the screen and out of logs that keep what was printed."""

from typing import Any

from ..error_text import masked

__all__ = ["masked", "masked_value"]


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
