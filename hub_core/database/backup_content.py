"""What a backup says of itself: which modules at which revisions, which tables with how many rows and which hash."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import HubError

FORMAT: Final = 1


class BackupUnreadable(HubError):
    """A file is no backup of the hub's, or not all of one; nothing was changed."""

    code = "backup_unreadable"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as a backup",
            cause=why,
            remedy="Name another backup: hub backup list shows those in the folders of this hub",
        )
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class TableContent:
    """One table: its columns without computed ones, the number of its rows, and the SHA-256 of their text.

    ``types`` are those of the columns, as the database calls them; only an archive has them.
    """

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleContent:
    """One module: what was recorded of it, and its tables without the one that keeps its revision.

    ``sequences`` are last value and whether it was given out, by name; ``counters`` the last number that each table gave
    out, for the other database. ``seeds`` are the hub's rows about the seed data of the module.
    """

    name: str
    distribution: str
    version: str
    hash: str
    state: str
    revision: str | None
    table_prefix: str
    placement: str
    tables: tuple[TableContent, ...]
    sequences: Mapping[str, tuple[int, bool]] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    seeds: tuple[Mapping[str, Any], ...] = ()

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContent:
    """One backup: a recovery point, or an archive when it ``is_archive``.

    ``made_for`` is the module that was about to be changed, though an SQLite file holds the others too; of an archive the one
    module in it, ``hub`` for the whole hub, or nothing for several.
    """

    kind: Literal["sqlite", "postgresql"]
    made_for: str
    hub_version: str
    at: datetime
    modules: Mapping[str, ModuleContent]
    is_archive: bool = False

    @property
    def rows(self) -> int:
        """The rows of all modules."""
        return sum(module.rows for module in self.modules.values())

    def as_json(self) -> str:
        """The text that a backup keeps."""
        value = asdict(self) | {"format": FORMAT, "at": self.at.isoformat()}
        return json.dumps(value, ensure_ascii=False)


def content_of(text: str | bytes) -> BackupContent:
    """Read what :meth:`BackupContent.as_json` wrote.

    :raises ValueError: for anything else, saying what is wrong.
    """
    value = json.loads(text)
    if not isinstance(value, dict) or "format" not in value:
        raise ValueError("it does not say in which format it was written")
    if value["format"] != FORMAT:
        raise ValueError(f"it was written in format {value['format']}, and this hub reads format {FORMAT}")
    try:
        return BackupContent(
            kind=value["kind"],
            made_for=value["made_for"],
            hub_version=value["hub_version"],
            at=datetime.fromisoformat(value["at"]),
            modules={name: _module(each) for name, each in value["modules"].items()},
            is_archive=value.get("is_archive", False),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"what it says of itself is incomplete ({error})") from error


def _module(value: dict[str, Any]) -> ModuleContent:
    tables = tuple(
        TableContent(**{**each, "columns": tuple(each["columns"]), "types": tuple(each.get("types", ()))})
        for each in value["tables"]
    )
    sequences = {name: (int(last), bool(called)) for name, (last, called) in value["sequences"].items()}
    return ModuleContent(**{**value, "tables": tables, "sequences": sequences, "seeds": tuple(value["seeds"])})
