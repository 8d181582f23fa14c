"""Rows as JSON lines: one array each, in UTF-8.

What JSON has no value for is an object: ``{"bytes": …}`` and ``{"text": …}`` (text that is not UTF-8, which SQLite keeps) in
Base64, ``{"float": "inf"}``. Nothing else in a row is an object.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pydantic_core import from_json

_AT_ONCE: Final = 100
Row = Sequence[Any]
"""One value for each column: ``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, or :class:`OddText`."""


@dataclass(frozen=True, slots=True)
class OddText:
    """Text in an SQLite database that is not UTF-8."""

    content: bytes


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """Each row as one line, some of them at a time."""
    rows = iter(rows)
    while some := list(islice(rows, _AT_ONCE)):
        try:
            yield "\n".join([*map(_ENCODE, some), ""]).encode()
        except ValueError:  # infinity, or a lone surrogate: see SqliteTables
            yield "".join(f"{_ENCODE([_as_json(value) for value in row])}\n" for row in some).encode()


def rows_of(piece: bytes) -> list[list[Any]]:
    """The rows of whole lines; what is not one raises ``ValueError``."""
    # JSON has no raw newline inside a line: one call reads them all
    rows: list[list[Any]] = from_json(b"[" + piece.rstrip(b"\n").replace(b"\n", b",") + b"]", allow_inf_nan=False)
    if b"{" in piece:
        return [[_value(value) if type(value) is dict else value for value in row] for row in rows]
    return rows


def _object(value: Any) -> dict[str, str]:
    return {"bytes": b64encode(value).decode()}


_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_object).encode


def _as_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return {"text": b64encode(value.encode("utf-8", "surrogateescape")).decode()}
    return value


def _value(value: dict[str, str]) -> Any:
    [(kind, text)] = value.items()
    if kind == "float":
        return float(text)
    content = b64decode(text, validate=True)
    return OddText(content) if kind == "text" else content
