"""``hub migrate --check``: which tables are not at the newest revision on disk. One query, no import of Alembic."""

from dataclasses import dataclass
from typing import Any

from ...migrations import CORE_MIGRATIONS, current, heads
from ...planning import pending_revisions
from ...settings import HubSettings
from ..environment import situation
from ..recorded_state import registry_connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the tables of one module are: ``pending`` revisions are on disk and did not run, ``fault`` says what is amiss."""

    module: str
    at: str | None
    newest: str | None
    pending: tuple[str, ...] = ()
    fault: str = ""

    @property
    def is_newest(self) -> bool:
        """Whether there is nothing to do and nothing amiss."""
        return not self.pending and not self.fault

    def as_json(self) -> dict[str, Any]:
        """The object of ``hub migrate --check --json``."""
        return {
            "module": self.module,
            "at": self.at,
            "newest": self.newest,
            "pending": list(self.pending),
            "fault": self.fault or None,
        }


def migration_heads(settings: HubSettings, name: str | None = None) -> tuple[Head, ...]:
    """The core first, then every enabled module by name, or ``name`` alone; changes nothing.

    :raises NeverBroughtUp: where the hub has not prepared the database yet.
    """
    with registry_connection(settings) as connection:
        core_at = current(connection, CORE_MIGRATIONS)
        now = situation(connection, settings, applies_document=False)
    newest = next(iter(heads(CORE_MIGRATIONS)), None)
    lines = [Head(module="hub", at=core_at, newest=newest, pending=() if core_at == newest else (str(newest),))]
    for module in sorted({*now.wanted(), *now.plan.blocked} & now.resolution.chosen.keys()):
        row, found = now.recorded.get(module), now.resolution.chosen[module]
        at = row.revision if row else None
        faults = now.plan.blocked.get(module, ())
        lines.append(
            Head(
                module=module,
                at=at,
                newest=now.newest_revision(module),
                pending=() if faults else pending_revisions(found, at),
                fault="; ".join(reason.text for reason in faults),
            )
        )
    return tuple(line for line in lines if name in (None, line.module))
