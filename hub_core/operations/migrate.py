"""``hub migrate``: bring the tables of enabled modules to the newest revision on disk, and nothing else."""

from collections.abc import Callable

from ..database import connect, leader_lock, parse_url
from ..loading import ModuleFailed
from ..migrations import CORE_MIGRATIONS, upgrade
from ..planning import Plan
from ..settings import HubSettings
from .backup import OnBackup
from .carrying import OnRevision, carry_out
from .environment import situation


def migrate(
    settings: HubSettings,
    *,
    agree: Callable[[Plan], None],
    on_revision: OnRevision,
    on_backup: OnBackup = lambda backup: None,
) -> tuple[tuple[str, ...], tuple[ModuleFailed, ...]]:
    """Migrate the core, then each enabled module in load order. Answers what was migrated and what failed.

    :param agree: shown the plan when it has steps; raises to stop before anything of a module is changed.
    """
    url = parse_url(settings.effective_database_url)
    with leader_lock(url, wait_seconds=settings.lock_seconds):
        upgrade(url, CORE_MIGRATIONS, on_revision=on_revision)
        with connect(url) as connection:
            now = situation(connection, settings, applies_document=False)
        steps = tuple(step for step in now.plan.steps if step.kind == "migrate")
        if not steps:
            return (), ()
        agree(Plan(steps=steps))
        bringing, _ = carry_out(url, settings, now, steps, on_revision, on_backup)
    return tuple(step.module for step in steps if step.module not in bringing.failures), tuple(bringing.errors)
