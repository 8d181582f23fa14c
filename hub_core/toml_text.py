"""Read TOML that anybody may have written: what ``tomllib`` trips over or takes minutes for is refused in short time.

``tomllib`` fails with a plain ``ValueError`` on numbers of thousands of digits, reads nested values by recursion, and its
work on a dotted key grows with the square of its parts. What it reads may then be nested deeper than anybody who walks
over it, or prints it, can follow. Numbers are those TOML has: of 64 bits.
"""

import tomllib
from typing import Any, Final

LARGEST_DOCUMENT: Final = 250_000
"""Bytes that hub.toml may have."""
DEEPEST: Final = 50
"""Tables and lists that may stand in one another."""
_LARGEST_NUMBER: Final = 2**63
_MOST_DOTS: Final = 1000


class TomlInvalid(ValueError):
    """A text is not TOML, or not such that the hub reads it; the message says why."""


def read_toml(text: str | bytes, *, largest: int = LARGEST_DOCUMENT) -> dict[str, Any]:
    """The document in ``text``.

    :param largest: how many bytes (characters, of a text) it may have.
    :raises TomlInvalid: for what is not UTF-8 or not TOML, too large, nested deeper than :data:`DEEPEST`, or has a number
        of more than 64 bits.
    """
    if len(text) > largest:
        raise TomlInvalid(f"the file has more than the {largest} bytes that are allowed")
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        _refuse_endless_keys(decoded)
        document = tomllib.loads(decoded)
    except UnicodeDecodeError as error:
        raise TomlInvalid(f"not UTF-8: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise TomlInvalid(f"not TOML: {error}") from error
    except RecursionError as error:
        raise TomlInvalid("not TOML: nested too deeply") from error
    except TomlInvalid:
        raise
    except ValueError as error:
        raise TomlInvalid("not TOML: a number of thousands of digits") from error
    _refuse_what_nobody_can_walk(document)
    return document


def _refuse_endless_keys(text: str) -> None:
    """A key may have so many parts that ``tomllib`` takes seconds."""
    if text.count(".") > _MOST_DOTS and sum(line.count(".") ** 2 for line in text.split("\n")) > _MOST_DOTS**2:
        raise TomlInvalid("not TOML the hub reads: thousands of dots in one line")


def _refuse_what_nobody_can_walk(document: dict[str, Any]) -> None:
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        inside = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
        if any(type(item) is int and not -_LARGEST_NUMBER <= item < _LARGEST_NUMBER for item in inside):
            raise TomlInvalid("not TOML: a number of more than 64 bits")
        level = [item for item in inside if isinstance(item, dict | list)]
        if not level:
            return
    raise TomlInvalid("not TOML: nested too deeply")
