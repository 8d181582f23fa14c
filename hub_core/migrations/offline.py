"""The statements of a migration, written down instead of run."""

from typing import TextIO

from ..containment import is_contained
from ..database import DatabaseUrl
from ..errors import HubError
from .connections import Connections
from .failures import RevisionUnknown, SchemaNewer
from .source import MigrationSource, chain, heads
from .upgrading import BASE, revision_at


class OfflineImpossible(HubError):
    """A revision has to look at the database, so its statements cannot be told without running it."""

    code = "offline_impossible"

    def __init__(self, source: MigrationSource, error: BaseException) -> None:
        told = " ".join(str(error).split())
        super().__init__(
            f"the statements of {source.module} cannot be told without running them",
            cause=f"{type(error).__name__}: {told}",
            remedy="Run `hub migrate` on a copy of the database, or ask for PostgreSQL, which alters tables in place",
        )
        self.module = source.module


def offline_sql(url: DatabaseUrl, source: MigrationSource, *, target: str | None, output: TextIO) -> None:
    """Write what :func:`upgrade` would run now, or what going back to an earlier ``target`` would.

    :param target: a revision, ``base``, or ``None`` for the newest.
    :raises OfflineImpossible: as for SQLite, where altering a table copies it the way it is found.
    """
    with Connections(url) as connections:
        at, known = revision_at(connections, source), chain(source)
    ids = {revision.id for revision in known}
    if at and at not in ids:
        raise SchemaNewer(source, at)
    if target not in (None, BASE) and target not in ids:
        raise RevisionUnknown(source, str(target))
    goal = None if target == BASE else target or next(iter(heads(source)), None)
    if goal == at:
        return
    from .alembic_run import steps_between, write_sql

    try:
        forward = steps_between(source, at, goal, back=False) if goal is not None else ()
        steps = forward or steps_between(source, at, goal, back=True)
        output.write(f"-- {source.module}: from {at or 'nothing'} to {goal or 'nothing'}\n\n")
        if source.schema is not None:
            output.write(
                f'CREATE SCHEMA IF NOT EXISTS "{source.schema}";\nSET search_path TO "{source.schema}", public;\n\n'
            )
        write_sql(url.kind, source, at, steps, output)
        if source.schema is not None:
            output.write("RESET search_path;\n\n")
    except BaseException as error:  # reading and telling the files runs them
        if not is_contained(error):
            raise
        raise OfflineImpossible(source, error) from error
