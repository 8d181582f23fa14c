"""Whose a table is. Migrations, autogenerate, comparison, backup and purge all ask here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_REWRITTEN: Final = "_alembic_tmp_"
"""What Alembic puts before the name of a table while it copies it on SQLite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOwners:
    """Who owns which table: the module recorded when it was made, before that the one with the longest matching prefix.

    :param recorded: module by name of table, as the registry has it.
    :param prefixes: module by prefix, of all modules on disk, installed or orphaned; so ``sales_tax_rate`` is no table
        of ``sales`` where there is a module ``sales_tax``. The core's own is among them.
    """

    recorded: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def owner(self, table: str) -> str | None:
        """The module that ``table`` belongs to; ``None`` for one that is nobody's."""
        name = table.removeprefix(_REWRITTEN)
        if name in self.recorded:
            return self.recorded[name]
        # by looking its beginnings up, not by trying every prefix: there are thousands of both
        return next((self.prefixes[name[:end]] for end in range(len(name), 0, -1) if name[:end] in self.prefixes), None)

    def tables_of(self, module: str, tables: Iterable[str]) -> list[str]:
        """Those of ``tables`` that belong to ``module``, by name."""
        return sorted(table for table in tables if self.owner(table) == module)
