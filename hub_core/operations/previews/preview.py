"""``hub plan``: what ``hub up`` would do now, read without changing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...database import DatabaseMissing, connect, parse_url
from ...packages import Environments
from ...planning import Desired, Failure, Plan, document, drift
from ...registry import (
    OperationRow,
    RecordedLock,
    desired,
    is_prepared,
    open_operations,
    recorded_digests,
    recorded_failures,
    recorded_lock,
)
from ...settings import HubSettings
from ..document_file import written
from ..environment import Situation, first_document, situation, situation_of
from ..environment_drift import environment_drift, range_drift
from ..installed import installed_catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What there is and the plan for it; ``failures`` are those of the last time the hub came up.

    ``drift``: where hub.toml and the database want different things before the plan is carried out, and where environments
    are not what is recorded.
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
                now = situation(connection, settings, applies_document=True)
                differing = () if wishes is None else drift(wishes, desired(connection))
                return Preview(
                    database=url.masked,
                    situation=now,
                    failures=recorded_failures(connection),
                    drift=(
                        *differing,
                        *map(_without_end, open_operations(connection)),
                        *_around(settings, now, recorded_lock(connection), recorded_digests(connection)),
                    ),
                )
    except DatabaseMissing:
        pass
    now = without_database(settings, wishes)
    return Preview(database=url.masked, situation=now, drift=_around(settings, now, None, {}))


def _without_end(operation: OperationRow) -> str:
    return (
        f"operation {operation.number} ({operation.kind}, by {operation.actor}) has no end: it is at work, or was cut off; "
        "hub up finishes or undoes one that was"
    )


def _around(
    settings: HubSettings, now: Situation, lock: RecordedLock | None, ran: Mapping[str, int]
) -> tuple[str, ...]:
    """What the environments differ in, from what is recorded and from what hub.toml asks for."""
    is_managed = Environments(settings.state_folder).running_in() is not None
    ranges = range_drift(now.desired, now.resolution, is_managed=is_managed)
    return (*environment_drift(settings, lock, ran), *ranges)


def without_database(settings: HubSettings, wishes: Desired | None) -> Situation:
    """How it stands where nothing is recorded: ``wishes`` alone count, or all that can run is wanted."""
    catalog = installed_catalog(settings)
    wanted = document(first_document(catalog, {}, settings)) if wishes is None else wishes
    return situation_of(catalog, {}, wanted, "", settings)
