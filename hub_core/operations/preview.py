"""``hub plan``: what ``hub up`` would do now, read without changing anything."""

from dataclasses import dataclass

from ..database import DatabaseMissing, connect, parse_url
from ..planning import Desired, Plan, document, drift
from ..registry import desired, is_prepared
from ..settings import HubSettings
from .environment import first_document, situation, situation_of
from .installed import installed_catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The plan, and ``drift``: where hub.toml and the database want different things before it is carried out."""

    database: str
    plan: Plan
    drift: tuple[str, ...]


def preview(settings: HubSettings) -> Preview:
    """Plan what ``hub up`` would do; where there is no database, what it would do first of all."""
    url = parse_url(settings.effective_database_url)
    written = _written(settings)
    try:
        with connect(url, read_only=True) as connection:
            if is_prepared(connection):
                return Preview(
                    database=url.masked,
                    plan=situation(connection, settings, applies_document=True).plan,
                    drift=() if written is None else drift(written, desired(connection)),
                )
    except DatabaseMissing:
        pass
    return Preview(database=url.masked, plan=_first_plan(settings, written), drift=())


def _written(settings: HubSettings) -> Desired | None:
    try:
        return document(settings.config_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _first_plan(settings: HubSettings, written: Desired | None) -> Plan:
    catalog = installed_catalog(settings)
    wanted = document(first_document(catalog, {}, settings)) if written is None else written
    return situation_of(catalog, {}, wanted, "", settings).plan
