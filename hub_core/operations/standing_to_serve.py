"""What ``hub serve`` starts from: the recorded modules, described; nothing in the database is changed."""

from ..loading import ModuleFailed
from ..registry import generation, open_operations, token_hashes
from ..settings import HubSettings
from .bringing import Bringing
from .carrying import migrate_step
from .describing.descriptions import Descriptions
from .environment import Situation, situation
from .recorded_state import registry_connection
from .standing import PlanPending, ReadyModule, Standing


def standing_to_serve(
    settings: HubSettings, descriptions: Descriptions | None = None
) -> tuple[Standing, tuple[ModuleFailed, ...]]:
    """Describe what is enabled. A module whose plan has steps left is not served: its tables or files are not as recorded.

    :raises HubError: when there is no database, or it was never brought up.
    """
    with registry_connection(settings) as connection:
        now = situation(connection, settings, applies_document=False)
        digests, number = tuple(token_hashes(connection)), generation(connection).number
        is_amid = bool(open_operations(connection))
    bringing = Bringing(now, (descriptions or Descriptions(settings)).all_known(now))
    for name in now.wanted():
        bringing.bring(name, lambda module: _refuse_pending(module, now))
    standing = Standing(
        catalog=now.catalog,
        resolution=now.resolution,
        recorded=now.recorded,
        desired=now.desired,
        ready=tuple(bringing.ready),
        failures=bringing.failures,
        token_digests=digests,
        generation=number,
        is_amid=is_amid,
    )
    return standing, tuple(bringing.errors)


def _refuse_pending(module: ReadyModule, now: Situation) -> None:
    name, record = module.name, now.recorded.get(module.name)
    pending = [step.text for step in now.plan.steps if step.module == name]
    if (migrations := module.migrations) is not None and not pending:
        newest = now.newest_of(migrations)
        if newest != (record.revision if record else None):
            pending = [migrate_step(name, newest).text]
    if pending:
        raise ModuleFailed(name, "pending changes", PlanPending(name, pending))
