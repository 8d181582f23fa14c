"""Values from one database in the other: as SQLAlchemy's types of both would have stored them, exactly or not at all.

SQLite stores a boolean as 0 or 1, moments in UTC and days as ISO 8601 text, a UUID in 32 digits, an interval as the moment that
long after 1970. What the other database has no value for is a ``ValueError`` that says so.
"""

import json
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from .json_rows import OddText

Convert = Callable[[Any], Any]
"""Given a value that is not ``None``."""
_EPOCH: Final = datetime(1970, 1, 1)
_INTERVAL: Final = re.compile(r"(?:(-?\d+) days? ?)?(?:([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?))?")
_MODIFIER: Final = re.compile(r"\((\d+)(?:, *(-?\d+))?\)")
_EXACT_DIGITS: Final = 15
"""Decimal digits that every double keeps."""
_SINGLE_DIGITS: Final = 9
"""Decimal digits that tell every single from all others."""
_MOST_SHOWN: Final = 40
_UNSAID_SCALE: Final = 10
"""With so many digits behind the point SQLAlchemy reads a ``Numeric()`` from SQLite."""


def conversions(kind: str, types: Sequence[str], target_types: Sequence[str]) -> list[Convert]:
    """How to convert each column of a table that was archived on ``kind``, for a table on the other database."""
    if kind == "postgresql":
        return [_to_sqlite(declared, target) for declared, target in zip(types, target_types, strict=True)]
    return [_to_postgresql(target) for target in target_types]


def _to_sqlite(declared: str, target: str) -> Convert:
    plain = _plain(declared)
    if plain == "uuid":
        return _uuid_digits if "32" in target else str
    if plain == "numeric":
        return str if "CHAR" in target.upper() or "TEXT" in target.upper() else _as_number(_scale(target, declared))
    return _TO_SQLITE.get(plain) or _refused(f"SQLite has nothing like {declared}")


def _to_postgresql(target: str) -> Convert:
    plain = _plain(target)
    if plain == "numeric":
        return _numeric(target)
    if plain == "character varying" and (limit := _MODIFIER.search(target)):
        return _limited(target, int(limit[1]))
    return _TO_POSTGRESQL.get(plain) or _refused(f"SQLite has nothing like {target}")


def _plain(declared: str) -> str:
    """``timestamp(3) with time zone`` is a ``timestamp with time zone``; an array stays what it is."""
    is_enum = declared.startswith("enum ") and not declared.endswith("]")
    return "enum" if is_enum else _MODIFIER.sub("", declared)


def _refused(why: str) -> Convert:
    def refuse(value: Any) -> Any:
        raise ValueError(why)

    return refuse


def _double(value: str) -> float:
    if value == "NaN":
        raise ValueError("SQLite keeps no NaN")
    return float(value)


def _scale(*types: str) -> int:
    """Digits behind the point with which SQLAlchemy reads a decimal: those of the first type that says it."""
    said = (found[2] for each in types if (found := _MODIFIER.search(each)) and found[2])
    return max(0, int(next(said, _UNSAID_SCALE)))


def _as_number(scale: int) -> Convert:
    """As SQLAlchemy's ``Numeric`` stores a decimal: as a float, which it reads with ``scale`` digits."""

    def number_of(value: str) -> int | float:
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"SQLite keeps no decimal {value}")
        if number == number.to_integral_value() and abs(number) < 2**53:
            return int(number)
        near = float(number)
        if Decimal(repr(near)) != number:
            raise ValueError(f"SQLite would keep {_short(value)} as {near!r}")
        if Decimal(read := f"{near:.{scale}f}") != number:
            raise ValueError(f"from SQLite {_short(value)} would be read as {_short(read)}")
        return near

    return number_of


def _short(number: str) -> str:
    """PostgreSQL keeps decimals of 147,455 digits."""
    return number if len(number) <= _MOST_SHOWN else f"{number[:_MOST_SHOWN]}…"


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"there is no moment {value} between the years 1 and 9999") from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _stored_moment(value: str) -> str:
    return _moment(value).isoformat(sep=" ", timespec="microseconds")


def _stored_day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise ValueError(f"there is no day {value} between the years 1 and 9999") from error


def _stored_time(value: str) -> str:
    return time.fromisoformat(value).isoformat(timespec="microseconds")


def _uuid_digits(value: str) -> str:
    return UUID(value).hex


def _stored_interval(value: str) -> str:
    found = _INTERVAL.fullmatch(value)
    if not found:
        raise ValueError(f"SQLite keeps no interval of months: {value}")
    days, sign, hours, minutes, seconds = found.groups(default="0")
    length = timedelta(hours=int(hours), minutes=int(minutes), microseconds=int(Decimal(seconds) * 10**6))
    return (_EPOCH + timedelta(days=int(days)) + (-length if sign == "-" else length)).isoformat(
        sep=" ", timespec="microseconds"
    )


_TO_SQLITE: Final[Mapping[str, Convert]] = {
    **dict.fromkeys(("smallint", "integer", "bigint", "boolean"), int),
    **dict.fromkeys(("real", "double precision"), _double),
    **dict.fromkeys(("text", "character varying", "character", "name", "citext", "enum", "json", "jsonb"), str),
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone"), _stored_moment),
    "date": _stored_day,
    "time without time zone": _stored_time,
    "interval": _stored_interval,
    "bytea": lambda value: bytes.fromhex(value.removeprefix("\\x")),
}


def _of(*types: type) -> Callable[[Convert], Convert]:
    """Refuse what is stored otherwise: SQLite keeps anything in any column."""

    def only(convert: Convert) -> Convert:
        def converted(value: Any) -> Any:
            if type(value) not in types:
                what = "text that is not UTF-8" if isinstance(value, OddText) else type(value).__name__
                raise ValueError(f"SQLite keeps {what} there")
            return convert(value)

        return converted

    return only


@_of(str)
def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("PostgreSQL keeps no text with a zero character")
    return value


def _limited(target: str, limit: int) -> Convert:
    """PostgreSQL cuts off spaces that are too many, and refuses anything else."""

    def limited(value: Any) -> Any:
        if len(text := _text(value)) > limit:
            raise ValueError(f"{target} keeps no {len(text):,} characters")
        return text

    return limited


@_of(int)
def _boolean(value: int) -> bool:
    if value not in (0, 1):
        raise ValueError(f"{value} is no boolean")
    return bool(value)


@_of(str)
def _moment_here(value: str) -> str:
    return _moment(value).isoformat(sep=" ")


@_of(str)
def _moment_in_utc(value: str) -> str:
    return f"{_moment(value).isoformat(sep=' ')}+00"


@_of(str)
def _length(value: str) -> str:
    between = _moment(value) - _EPOCH
    return f"{between.days} days {between.seconds} seconds {between.microseconds} microseconds"


@_of(str, int, float)
def _json(value: str | float) -> str:
    return value if isinstance(value, str) else json.dumps(value)  # a column called JSON takes '5' for a number


@_of(int, float)
def _single(value: float) -> str:
    """PostgreSQL gives a ``real`` back in as few digits as tell it from others."""
    kept = struct.pack("f", value)
    digits = (f"{struct.unpack('f', kept)[0]:.{count}g}" for count in range(1, _SINGLE_DIGITS + 1))
    if float(shown := next(each for each in digits if struct.pack("f", float(each)) == kept)) != value:
        raise ValueError(f"a real would keep {value!r} as {shown}")
    return repr(value)


def _numeric(target: str) -> Convert:
    found = _MODIFIER.search(target)
    scale = int(found[2] or 0) if found else None

    @_of(int, float)
    def numeric(value: float) -> str:
        for number in (Decimal(repr(value)), Decimal(f"{value:.{_EXACT_DIGITS}g}")):
            if scale is None or not number.is_finite() or _fits(number, scale):
                return str(number)
        raise ValueError(f"{target} would not keep {value!r}")

    return numeric


def _fits(number: Decimal, scale: int) -> bool:
    try:
        return number == round(number, scale)
    except InvalidOperation:
        return number == number.to_integral_value()


_TO_POSTGRESQL: Final[Mapping[str, Convert]] = {
    **dict.fromkeys(("smallint", "integer", "bigint"), _of(int)(int)),
    "real": _single,
    "double precision": _of(int, float)(repr),
    **dict.fromkeys(("text", "character varying", "character", "name", "citext", "enum"), _text),
    "boolean": _boolean,
    "timestamp with time zone": _moment_in_utc,
    "timestamp without time zone": _moment_here,
    "date": _of(str)(_stored_day),
    "time without time zone": _of(str)(_stored_time),
    "interval": _length,
    "uuid": _of(str)(lambda value: str(UUID(value))),
    "bytea": _of(bytes)(bytes),
    **dict.fromkeys(("json", "jsonb"), _json),
}
