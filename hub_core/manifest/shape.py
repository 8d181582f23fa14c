"""The building blocks a manifest's format is written in.

Each block both reads a value and describes itself as JSON Schema, so that the parser and the published schema are one
text. Reading never raises: it appends to ``faults`` and goes on, so that all faults show at once.
"""

import re
from collections.abc import Collection, Mapping, Sequence, Sized
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Protocol

MOST_FAULTS: Final = 50
"""Faults of one file that are named; a stranger's file may have thousands, and reading ends soon behind that many."""
_MOST_UNKNOWN: Final = 20
_MOST_ENTRIES: Final = 200
_MOST_SIMILAR: Final = 50
_LONGEST_WORD: Final = 200


class Shape(Protocol):
    """One kind of value."""

    def read(self, value: object, where: str, faults: list[str]) -> Any:
        """The value as the rest of the room wants it; ``None`` after a fault."""

    def schema(self) -> dict[str, Any]:
        """The same rule as JSON Schema 2020-12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string; ``says`` puts ``pattern`` into words."""

    pattern: str = r"[^\x00-\x1f]*\S[^\x00-\x1f]*"
    says: str = "a line of text"
    longest: int = 200

    def read(self, value: object, where: str, faults: list[str]) -> str | None:
        """The string, if it matches."""
        if isinstance(value, str) and len(value) <= self.longest and re.fullmatch(self.pattern, value):
            return value
        faults.append(f"{where}: {shown(value)} is not {self.says}")
        return None

    def schema(self) -> dict[str, Any]:
        """A string with pattern and length."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of strings."""

    of: tuple[str, ...]

    def read(self, value: object, where: str, faults: list[str]) -> str | None:
        """The string, if it is one of them."""
        if isinstance(value, str) and value in self.of:
            return value
        faults.append(f"{where}: {shown(value)} is none of {', '.join(self.of)}{did_you_mean(value, self.of)}")
        return None

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.of)}


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``."""

    def read(self, value: object, where: str, faults: list[str]) -> bool | None:
        """The boolean."""
        if isinstance(value, bool):
            return value
        faults.append(f"{where}: {shown(value)} is neither true nor false")
        return None

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Either:
    """A boolean or a list; which of the two is told by the value itself."""

    flag: "Flag"
    items: "ListOf"

    def read(self, value: object, where: str, faults: list[str]) -> Any:
        """What the shape that fits reads."""
        return (self.items if isinstance(value, list) else self.flag).read(value, where, faults)

    def schema(self) -> dict[str, Any]:
        """One of both."""
        return {"anyOf": [self.flag.schema(), self.items.schema()]}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    item: Shape
    most: int = _MOST_ENTRIES

    def read(self, value: object, where: str, faults: list[str]) -> tuple[Any, ...]:
        """A tuple of what could be read."""
        if not isinstance(value, list):
            faults.append(f"{where}: {shown(value)} is not a list")
            return ()
        if _is_too_long(value, self.most, where, faults):
            return ()
        read = [
            self.item.read(item, f"{where}[{number}]", faults)
            for number, item in enumerate(value, 1)
            if len(faults) <= MOST_FAULTS
        ]
        return tuple([item for item in read if item is not None])

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.item.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    """A table whose keys a module chooses."""

    key: Text
    value: Shape
    most: int = _MOST_ENTRIES

    def read(self, value: object, where: str, faults: list[str]) -> dict[str, Any]:
        """A dictionary of what could be read."""
        if not isinstance(value, dict):
            faults.append(f"{where}: {shown(value)} is not a table")
            return {}
        if _is_too_long(value, self.most, where, faults):
            return {}
        read = {
            key: self.value.read(item, f"{where}.{key}", faults)
            for key, item in value.items()
            if len(faults) <= MOST_FAULTS and self.key.read(key, where, faults) is not None
        }
        return {key: item for key, item in read.items() if item is not None}

    def schema(self) -> dict[str, Any]:
        """An object with rules for its property names."""
        return {
            "type": "object",
            "propertyNames": {key: rule for key, rule in self.key.schema().items() if key != "type"},
            "additionalProperties": self.value.schema(),
            "maxProperties": self.most,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table: what it holds and what it is for."""

    shape: Shape
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a closed set of keys."""

    keys: Mapping[str, Key]

    def read(self, value: object, where: str, faults: list[str]) -> dict[str, Any] | None:
        """The keys that are there; ``None`` when a required one is missing or faulty."""
        if not isinstance(value, dict):
            faults.append(f"{where}: {shown(value)} is not a table")
            return None
        prefix = f"{where}." if where else ""
        unknown = [key for key in value if key not in self.keys]
        faults.extend(
            f"{prefix}{key[:200]}: unknown key{did_you_mean(key[:200], self.keys)}" for key in unknown[:_MOST_UNKNOWN]
        )
        if len(unknown) > _MOST_UNKNOWN:
            faults.append(f"{where or 'the file'}: {len(unknown) - _MOST_UNKNOWN} more unknown keys")
        missing = [name for name, key in self.keys.items() if key.required and name not in value]
        faults.extend(f"{prefix}{name}: missing" for name in missing)
        read = {
            name: key.shape.read(value[name], f"{prefix}{name}", faults)
            for name, key in self.keys.items()
            if name in value
        }
        kept = {name: item for name, item in read.items() if item is not None}
        return kept if all(name in kept for name, key in self.keys.items() if key.required) else None

    def schema(self) -> dict[str, Any]:
        """An object that allows no other keys."""
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: {"description": key.about, **key.shape.schema()} for name, key in self.keys.items()},
        }
        if required := [name for name, key in self.keys.items() if key.required]:
            schema["required"] = required
        return schema


def _is_too_long(value: Sized, most: int, where: str, faults: list[str]) -> bool:
    if len(value) > most:
        faults.append(f"{where}: {len(value)} entries; {most} are allowed")
    return len(value) > most


def first_ones(faults: Sequence[str]) -> tuple[str, ...]:
    """``faults``, or as many of them as a person reads."""
    return (*faults[:MOST_FAULTS], "more faults of this kind") if len(faults) > MOST_FAULTS else tuple(faults)


def shown(value: object) -> str:
    """A value as it stands in the file, cut to what fits into a sentence."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def did_you_mean(word: object, of: Collection[str]) -> str:
    """``; did you mean "tier"?`` when something close is known, else nothing; of many, only those that begin alike count."""
    text = str(word)
    if len(text) > _LONGEST_WORD:
        return ""
    known = of if len(of) <= _MOST_SIMILAR else [each for each in of if each[:3] == text[:3]][:_MOST_SIMILAR]
    close = get_close_matches(text, known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
