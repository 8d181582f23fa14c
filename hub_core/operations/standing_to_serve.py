"""What ``hub serve`` starts from: the recorded modules, loaded; nothing in the database is changed."""

from ..loading import LoadedModule, ModuleFailed
from ..migrations import heads
from ..registry import token_hashes
from ..settings import HubSettings
from .carrying import migrate_step
from .environment import Situation, situation
from .recorded_state import registry_connection
from .standing import Bringing, PlanPending, Standing


def standing_to_serve(settings: HubSettings) -> tuple[Standing, tuple[ModuleFailed, ...]]:
    """Load what is enabled. A module whose plan has steps left is not served: its tables or files are not as recorded.

    :raises HubError: when there is no database, or it was never brought up.
    """
    with registry_connection(settings) as connection:
        now = situation(connection, settings, applies_document=False)
        digests = tuple(token_hashes(connection))
    bringing = Bringing(settings, now.resolution, now.desired)
    for name in now.wanted():
        bringing.bring(name, lambda loaded: _refuse_pending(loaded, now))
    standing = Standing(
        catalog=now.catalog,
        resolution=now.resolution,
        recorded=now.recorded,
        desired=now.desired,
        ready=tuple(bringing.ready),
        failures=bringing.failures,
        token_digests=digests,
    )
    return standing, tuple(bringing.errors)


def _refuse_pending(loaded: LoadedModule, now: Situation) -> None:
    name, record = loaded.name, now.recorded.get(loaded.name)
    pending = [step.text for step in now.plan.steps if step.module == name]
    if loaded.migrations is not None and not pending:
        newest = next(iter(heads(loaded.migrations)), None)
        if newest != (record.revision if record else None):
            pending = [migrate_step(name, newest).text]
    if pending:
        raise ModuleFailed(name, "pending changes", PlanPending(name, pending))
