"""The building blocks a manifest's format is written in.

Each block both reads a value and describes itself as JSON Schema, so that the parser and the published schema are one
text. Reading never raises: it appends to ``faults`` and goes on, so that all faults show at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Protocol

_MOST: Final = 20
"""Unknown keys of one table that are named; a stranger's file may have thousands."""


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
    """Any number of one shape."""

    item: Shape

    def read(self, value: object, where: str, faults: list[str]) -> tuple[Any, ...]:
        """A tuple of what could be read."""
        if not isinstance(value, list):
            faults.append(f"{where}: {shown(value)} is not a list")
            return ()
        read = (self.item.read(item, f"{where}[{number}]", faults) for number, item in enumerate(value, 1))
        return tuple(item for item in read if item is not None)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.item.schema()}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    """A table whose keys a module chooses."""

    key: Text
    value: Shape

    def read(self, value: object, where: str, faults: list[str]) -> dict[str, Any]:
        """A dictionary of what could be read."""
        if not isinstance(value, dict):
            faults.append(f"{where}: {shown(value)} is not a table")
            return {}
        read = {
            key: self.value.read(item, f"{where}.{key}", faults)
            for key, item in value.items()
            if self.key.read(key, where, faults) is not None
        }
        return {key: item for key, item in read.items() if item is not None}

    def schema(self) -> dict[str, Any]:
        """An object with rules for its property names."""
        return {
            "type": "object",
            "propertyNames": {key: rule for key, rule in self.key.schema().items() if key != "type"},
            "additionalProperties": self.value.schema(),
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
            f"{prefix}{key[:200]}: unknown key{did_you_mean(key[:200], self.keys)}" for key in unknown[:_MOST]
        )
        if len(unknown) > _MOST:
            faults.append(f"{where or 'the file'}: {len(unknown) - _MOST} more unknown keys")
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


def shown(value: object) -> str:
    """A value as it stands in the file, cut to what fits into a sentence."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def did_you_mean(word: object, of: Mapping[str, object] | tuple[str, ...]) -> str:
    """``; did you mean "tier"?`` when something close is known, else nothing."""
    close = get_close_matches(str(word), list(of), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
