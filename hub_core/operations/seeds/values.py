"""What JSON holds, as the values that a column of a certain type takes; and back, to compare and to remember it."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum as PythonEnum
from math import isfinite
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Column, Dialect, TypeDecorator
from sqlalchemy.types import TypeEngine

from ...containment import is_contained

_INTEGERS: Final = ((sa.SmallInteger, 2**15), (sa.BigInteger, 2**63), (sa.Integer, 2**31))


class DoesNotFit(ValueError):
    """A value is not one that its column holds; the message says why without the value, which may be personal."""


def fitted(column: Column[Any], value: Any, dialect: Dialect) -> Any:
    """``value`` of a JSON file as ``column`` takes it.

    :raises DoesNotFit: naming what was expected, and the kind of what is there.
    """
    if value is None:
        if not column.nullable:
            raise DoesNotFit("null, in a column that must hold something")
        return None
    found = _of_type(column.type, value)
    if isinstance(column.type, TypeDecorator):
        _try_to_bind(column.type, found, dialect)
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values of one column are the same in the database."""
    return bool(comparable(one) == comparable(other))


def comparable(value: Any) -> Any:
    """``value`` as it can be compared and hashed: SQLite gives times back without their zone, which is UTC."""
    match value:
        case datetime():
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        case memoryview() | bytearray():
            return bytes(value)
        case dict() | list():
            return json.dumps(value, sort_keys=True, default=str)
    return value


def as_json(value: Any) -> Any:
    """``value`` of a column as JSON: the same for values that are the same in the database."""
    match value:
        case PythonEnum():
            return value.name
        case Decimal():
            return format(value.normalize(), "f")
        case datetime() | date() | time():
            found: date | time = comparable(value)
            return found.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
    return value


def _of_type(kind: TypeEngine[Any], value: Any) -> Any:
    while isinstance(kind, TypeDecorator) and not isinstance(kind, sa.Interval):  # which is one
        kind = kind.impl_instance
    for known, read in _READERS:
        if isinstance(kind, known):
            return read(kind, value)
    return value


def _try_to_bind(kind: TypeDecorator[Any], value: Any, dialect: Dialect) -> None:
    """Let a type of the module's own refuse the value now, and not amid ten thousand rows."""
    try:
        bind = kind.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            bind(value)
    except BaseException as error:
        if not is_contained(error):
            raise
        raise DoesNotFit(f"{_kind(value)} that {type(kind).__name__} refuses ({type(error).__name__})") from None


def _expect(value: Any, kinds: tuple[type, ...], what: str) -> Any:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise DoesNotFit(f"{_kind(value)}, where {what} is expected")
    return value


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        str: "a text",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def _iso(what: str, read: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    def parsed(kind: Any, value: Any) -> Any:
        try:
            return read(_expect(value, (str,), f"{what} as ISO 8601 has it"))
        except DoesNotFit:
            raise
        except ValueError:
            raise DoesNotFit(f"a text that is not {what} as ISO 8601 has it") from None

    return parsed


def _datetime(kind: Any, value: Any) -> datetime:
    found: datetime = _iso("a date and time", datetime.fromisoformat)(kind, value)
    if kind.timezone and found.tzinfo is None:
        raise DoesNotFit("a time without a zone; write its offset, or Z for UTC")
    if not kind.timezone and found.tzinfo is not None:
        raise DoesNotFit("a time with a zone, which this column does not keep")
    return found


def _uuid(kind: Any, value: Any) -> Any:
    try:
        found = UUID(_expect(value, (str,), "a UUID"))
    except DoesNotFit:
        raise
    except ValueError:
        raise DoesNotFit("a text that is no UUID") from None
    return found if kind.as_uuid else str(found)


def _enum(kind: sa.Enum, value: Any) -> Any:
    _expect(value, (str, int), "one of an enumeration")
    if kind.enum_class is None:
        if value in kind.enums:
            return value
    else:
        members: Mapping[str, Any] = kind.enum_class.__members__
        stored = dict(zip(kind.enums, members.values(), strict=False))
        by_value = {getattr(member, "value", None): member for member in members.values()}
        for known in (stored, members, by_value):
            if value in known:
                return known[value]
    raise DoesNotFit(f"a value that is none of {', '.join(kind.enums)}")


def _integer(kind: Any, value: Any) -> int:
    _expect(value, (int,), "a whole number")
    limit = next(limit for known, limit in _INTEGERS if isinstance(kind, known))
    if not -limit <= value < limit:
        raise DoesNotFit(f"a number that a {type(kind).__name__} cannot hold")
    return int(value)


def _float(kind: Any, value: Any) -> Any:
    number = float(_expect(value, (int, float), "a number"))
    return Decimal(str(number)) if kind.asdecimal else number


def _numeric(kind: Any, value: Any) -> Any:
    try:
        number = Decimal(str(_expect(value, (str, int, float), "a decimal number, best as text")))
    except InvalidOperation:
        raise DoesNotFit("a text that is no decimal number") from None
    if not isfinite(number):
        raise DoesNotFit("a number that is not finite")
    _, digits, exponent = number.normalize().as_tuple()
    places, scale = max(0, -int(exponent)), kind.scale if kind.scale is not None else None
    if scale is not None and places > scale:
        raise DoesNotFit(f"a number of {places} decimal places, where {scale} are kept")
    if kind.precision is not None and len(digits) + int(exponent) > kind.precision - (scale or 0):
        raise DoesNotFit(f"a number that a column of {kind.precision} digits cannot hold")
    return number if kind.asdecimal else float(number)


def _bytes(kind: Any, value: Any) -> bytes:
    try:
        return base64.b64decode(_expect(value, (str,), "bytes as base64"), validate=True)
    except (binascii.Error, ValueError) as error:
        if isinstance(error, DoesNotFit):
            raise
        raise DoesNotFit("a text that is not base64") from None


def _text(kind: Any, value: Any) -> str:
    found: str = _expect(value, (str,), "a text")
    if kind.length is not None and len(found) > kind.length:
        raise DoesNotFit(f"a text of {len(found)} characters, where {kind.length} are kept")
    if "\0" in found or any("\ud800" <= each <= "\udfff" for each in found):
        raise DoesNotFit("a text with characters that no database keeps")
    return found


def _interval(kind: Any, value: Any) -> timedelta:
    return timedelta(seconds=_expect(value, (int, float), "a number of seconds"))


def _list(kind: Any, value: Any) -> list[Any]:
    return [item if item is None else _of_type(kind.item_type, item) for item in _expect(value, (list,), "a list")]


_READERS: Final[tuple[tuple[Any, Callable[[Any, Any], Any]], ...]] = (
    (sa.Enum, _enum),  # is a String
    (sa.JSON, lambda kind, value: value),
    (sa.Boolean, lambda kind, value: _expect(value, (bool,), "true or false")),
    (sa.Integer, _integer),
    (sa.Float, _float),
    (sa.Numeric, _numeric),
    (sa.DateTime, _datetime),
    (sa.Date, _iso("a date", date.fromisoformat)),
    (sa.Time, _iso("a time", time.fromisoformat)),
    (sa.Interval, _interval),
    (sa.Uuid, _uuid),
    (sa.LargeBinary, _bytes),
    (sa.ARRAY, _list),
    (sa.String, _text),
)
