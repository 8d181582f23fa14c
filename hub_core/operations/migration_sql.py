"""``hub migrate --sql``: the statements a migration would run, for a person to read or to run; nothing is changed."""

from dataclasses import replace
from io import StringIO

from ..database import parse_url
from ..loading import load_within
from ..migrations import CORE_MIGRATIONS, offline_sql
from ..settings import HubSettings
from .migrate import NotMigratable
from .previews.preview import preview


def migration_sql(settings: HubSettings, name: str | None = None, target: str | None = None) -> str:
    """The statements from where the tables are to the newest revisions, or of ``name`` to ``target``.

    Where there is no database yet, from nothing. Revisions are read, and so executed in their offline form.

    :raises OfflineImpossible: for a revision that has to look at the database.
    """
    url, now = parse_url(settings.effective_database_url), preview(settings).situation
    if name is not None and name not in now.wanted():
        raise NotMigratable(name, now)
    output = StringIO()
    if name is None:
        offline_sql(url, CORE_MIGRATIONS, target=None, output=output)
    for module in now.wanted() if name is None else (name,):
        migrations = load_within(now.resolution.modules[module], settings.areas, settings.start_seconds).migrations
        if migrations is not None:
            row, wish = now.recorded.get(module), now.desired.modules.get(module)
            placement = (row.placement if row else wish.placement if wish else None) or "shared"
            source = replace(migrations, placement=placement)
            offline_sql(url, source, target=target, output=output)
    return output.getvalue()
