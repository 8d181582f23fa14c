"""hub.toml, the desired state a person writes: text to wishes, and the first text where there is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from math import isfinite
from typing import Any, Final

from ..errors import HubError
from ..manifest import MODULE_NAME, Choice, Flag, Key, MapOf, Table, Text, TextInvalid, first_ones, read_range, shown
from ..toml_text import TomlInvalid, read_toml
from .values import PLACEMENTS, Desired, DesiredModule

DOCUMENT_FILE: Final = "hub.toml"
_MOST_MODULES: Final = 10_000
_LONGEST_PLACE: Final = 400


class DocumentInvalid(HubError):
    """hub.toml does not say what it must; ``faults`` holds every fault as one sentence."""

    code = "document_invalid"

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"{DOCUMENT_FILE} has {len(faults)} fault{'s' if len(faults) > 1 else ''}",
            cause="; ".join(faults),
            remedy=f"Correct {DOCUMENT_FILE}; docs/reference/hub-toml.md explains every key",
        )
        self.faults = faults


@dataclass(frozen=True, slots=True)
class _AnyTable:
    """A table whose content somebody else checks."""

    def read(self, value: object, where: str, faults: list[str]) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return value
        faults.append(f"{where}: {shown(value)} is not a table")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass(frozen=True, slots=True)
class _Settings:
    """Settings of a module, as values of JSON: the database keeps them so, and the module's model checks them."""

    def read(self, value: object, where: str, faults: list[str]) -> dict[str, Any] | None:
        table = _AnyTable().read(value, where, faults)
        return table and {key: _json_value(item, _inside(where, key), faults) for key, item in table.items()}

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


def _json_value(value: object, where: str, faults: list[str]) -> object:
    match value:
        case dict():
            return {key: _json_value(item, _inside(where, key), faults) for key, item in value.items()}
        case list():
            return [_json_value(item, f"{where}[{number}]", faults) for number, item in enumerate(value, 1)]
        case date() | time():  # a datetime is a date
            return value.isoformat()
        case float() if not isfinite(value):
            faults.append(f"{where}: {value} is not a number that can be kept")
    return value


def _inside(where: str, key: str) -> str:
    return f"{where}.{key}"[:_LONGEST_PLACE]


@dataclass(frozen=True, slots=True)
class _Range:
    """A version range such as ``>=1,<2``."""

    def read(self, value: object, where: str, faults: list[str]) -> str | None:
        try:
            if isinstance(value, str):
                read_range(value)
                return value
            faults.append(f"{where}: {shown(value)} is not a version range such as '>=1,<2'")
        except TextInvalid as error:
            faults.append(f"{where}: {error}")
        return None

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


_FORMAT: Final = Table(
    {
        "hub": Key(shape=_AnyTable(), about="The hub's own settings; its settings room checks them."),
        "modules": Key(
            shape=MapOf(
                key=Text(pattern=MODULE_NAME.pattern, says="the name of a module", longest=MODULE_NAME.longest),
                value=Table(
                    {
                        "version": Key(shape=_Range(), about="The range of versions that may run. Default: any."),
                        "enabled": Key(shape=Flag(), about="Whether it shall run. Default: true."),
                        "placement": Key(
                            shape=Choice(PLACEMENTS),
                            about="Where its tables are made: shared with the hub's own, or in a schema of their own (PostgreSQL). "
                            "Default: shared.",
                        ),
                        "demo": Key(shape=Flag(), about="Whether its demonstration data is loaded. Default: false."),
                        "required": Key(shape=Flag(), about="Whether the hub is not ready without it. Default: false."),
                        "settings": Key(shape=_Settings(), about="Values for the module's own settings."),
                    }
                ),
                most=_MOST_MODULES,
            ),
            about="What is wanted of each module.",
        ),
    }
)


@lru_cache(maxsize=4)
def document(text: str) -> Desired:
    """Read the wishes in the text of a hub.toml; :class:`DocumentInvalid` names all faults at once."""
    try:
        content = read_toml(text)
    except TomlInvalid as error:
        raise DocumentInvalid((str(error),)) from error
    faults: list[str] = []
    keys = _FORMAT.read(content, "", faults) or {}
    if faults:
        raise DocumentInvalid(first_ones(faults))
    return Desired(modules={name: DesiredModule(**wish) for name, wish in (keys.get("modules") or {}).items()})


def initial_document(names: Iterable[str]) -> str:
    """The text of a first hub.toml, with every module of ``names`` enabled."""
    head = "# What shall run here. `hub up` applies what changed in this file since it last did.\n"
    return head + "".join(f"\n[modules.{name}]\nenabled = true\n" for name in sorted(names))
