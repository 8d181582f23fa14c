"""``hub plan``: what ``hub up`` would do now, read without changing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..database import DatabaseMissing, connect, parse_url
from ..planning import Desired, Failure, Plan, document, drift
from ..registry import desired, is_prepared, recorded_failures
from ..settings import HubSettings
from .document_file import written
from .environment import Situation, first_document, situation, situation_of
from .installed import installed_catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What there is and the plan for it; ``failures`` are those of the last time the hub came up.

    ``drift``: where hub.toml and the database want different things before the plan is carried out.
    """

    database: str
    situation: Situation
    failures: Mapping[str, Failure] = field(default_factory=dict)
    drift: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """What ``hub up`` would do."""
        return self.situation.plan


def preview(settings: HubSettings) -> Preview:
    """Plan what ``hub up`` would do; where there is no database, what it would do first of all."""
    url = parse_url(settings.effective_database_url)
    wishes = written(settings)
    try:
        with connect(url, read_only=True) as connection:
            if is_prepared(connection):
                return Preview(
                    database=url.masked,
                    situation=situation(connection, settings, applies_document=True),
                    failures=recorded_failures(connection),
                    drift=() if wishes is None else drift(wishes, desired(connection)),
                )
    except DatabaseMissing:
        pass
    return Preview(database=url.masked, situation=without_database(settings, wishes))


def without_database(settings: HubSettings, wishes: Desired | None) -> Situation:
    """How it stands where nothing is recorded: ``wishes`` alone count, or all that can run is wanted."""
    catalog = installed_catalog(settings)
    wanted = document(first_document(catalog, {}, settings)) if wishes is None else wishes
    return situation_of(catalog, {}, wanted, "", settings)
