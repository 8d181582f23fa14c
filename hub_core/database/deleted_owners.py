"""Who deletes a row through the session deletes with it what other modules keep for it, in the same transaction.

What is deleted while such a module does not run, or where the session does not see it (SQL as text, a statement on its connection,
the database's own ON DELETE CASCADE), leaves that behind; nobody comes by it, as no id is given twice.
"""

from collections.abc import Iterator
from typing import Any, Final

from hub_hookspecs.extensible import HOST_KEY, Extensible
from sqlalchemy import Connection, Delete, delete, event, inspect, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction, object_session

from .model_extensions import ModelExtensions, id_of, rows_of

_DELETED: Final = "hub_deleted_owners"


class HubSession(Session):
    """The session of the hub's databases."""


@event.listens_for(Extensible, "after_delete", propagate=True)
def _deleted(mapper: Mapper[Any], connection: Connection, owner: Extensible) -> None:
    session = object_session(owner)
    if isinstance(session, HubSession) and _extensions(session).of(type(owner)):
        session.info.setdefault(_DELETED, []).append(owner)


@event.listens_for(HubSession, "after_flush")
def _delete_fields(session: Session, context: UOWTransaction) -> None:
    owners: list[Extensible] = session.info.get(_DELETED, [])
    for model in dict.fromkeys(map(type, owners)):
        ids = [id_of(owner) for owner in owners if type(owner) is model]
        for added in _extensions(session).of(model).values():
            session.connection().execute(delete(added.model).where(getattr(added.model, added.key).in_(ids)))


@event.listens_for(HubSession, "after_flush_postexec")
def _forget_fields(session: Session, context: UOWTransaction) -> None:
    for owner in session.info.pop(_DELETED, []):
        for row in rows_of(owner).values():
            if row is not None and row in session:
                session.expunge(row)


@event.listens_for(HubSession, "do_orm_execute")
def _delete_many(state: ORMExecuteState) -> None:
    """A DELETE of many rows, of a model or its table, loads none of them: the same condition finds what is kept for them."""
    deleting = state.statement
    if not state.is_delete or not isinstance(deleting, Delete):
        return
    mapper = state.bind_mapper
    for model in _models_of(deleting.table) if mapper is None else [mapper.class_]:
        if issubclass(model, Extensible):
            _delete_fields_of(model, deleting, state)


def _delete_fields_of(model: Any, deleting: Delete, state: ORMExecuteState) -> None:
    (column,) = inspect(model).primary_key
    owners = select(column)
    if deleting.whereclause is not None:
        owners = owners.where(deleting.whereclause)
    for added in _extensions(state.session).of(model).values():
        statement = delete(added.model).where(getattr(added.model, added.key).in_(owners))
        state.session.connection().execute(statement, state.parameters)


def _models_of(table: object, base: type[Any] = Extensible) -> Iterator[type[Any]]:
    for model in base.__subclasses__():
        mapper: Any = inspect(model, raiseerr=False)
        if mapper is not None and mapper.local_table is table:
            yield model
        yield from _models_of(table, model)


def _extensions(session: Session) -> ModelExtensions:
    found: ModelExtensions = session.info[HOST_KEY]
    return found
