"""Finish or undo what was cut off, before anything else is changed. Whoever holds the leader's lock does it first of all."""

import logging
from typing import Final

from ..database import DatabaseMissing, DatabaseUrl, connect, leader_lock, parse_url
from ..errors import HubError
from ..packages import Environments
from ..registry import (
    COMMITTED,
    DONE,
    CoreTablesDiffer,
    OperationRow,
    finish_operation,
    is_prepared,
    open_operations,
    store_document,
)
from ..settings import HubSettings
from .core_tables import bring_core_up
from .document_edit import DocumentEdit, edit_document
from .document_file import ConfigNotWritable, document_text
from .installed import installed_catalog
from .locked import take_up
from .undoing import undo

log = logging.getLogger(__name__)

INTERRUPTED: Final = "interrupted"
_MODULE_BY_MODULE: Final = ("up", "restore")
"""Kinds whose every step is whole by itself: what is left of them is planned anew."""


class EnvironmentSwitched(HubError):
    """Finishing what was cut off has led to another environment than this process runs in."""

    code = "environment_switched"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the hub goes on in environment {name}",
            cause="an operation that had been cut off behind its commit was finished",
            remedy="Run the command again; it runs there",
        )
        self.name = name


def recover(url: DatabaseUrl, settings: HubSettings) -> tuple[OperationRow, ...]:
    """Bring every operation that has no end to one, the latest first; answers them as they were found.

    :raises NotUndone: when one cannot be undone now; nothing else may be changed before it is.
    """
    with connect(url, read_only=True) as connection:
        found = open_operations(connection)
    for operation in found:
        if operation.outcome == COMMITTED:
            finish(url, settings, operation)
            log.warning(
                "operation %d (%s) was cut off behind its commit; it is finished", operation.number, operation.kind
            )
        elif operation.kind in _MODULE_BY_MODULE:
            _end(url, operation, INTERRUPTED)
        else:
            modules = undo(
                settings, installed_catalog(settings), operation, reason="its process ended before it was done"
            )
            log.warning(
                "operation %d (%s) was cut off; it is undone%s",
                operation.number, operation.kind, f": {', '.join(modules)} as before" if modules else "",
            )  # fmt: skip
    environments = Environments(settings.state_folder)
    has_switched = any(each.outcome == COMMITTED and each.intent.get("environment") for each in found)
    if has_switched and (moved := environments.current()) and moved != environments.running_in():
        raise EnvironmentSwitched(moved.name)
    return found


def settle(settings: HubSettings) -> None:
    """Bring to an end what was cut off, if anything was: for a command that finds nothing else to do, or whose helper died.

    :raises: as :func:`recover`; :class:`EnvironmentSwitched` too.
    """
    url = parse_url(settings.effective_database_url)
    try:
        is_due = bool(awaited(settings))
    except CoreTablesDiffer:  # a release that was tried left them so
        is_due = True
    if is_due:
        with leader_lock(url, wait_seconds=settings.lock_seconds):
            bring_core_up(url, settings, on_revision=lambda run: None)
            recover(url, settings)


def awaited(settings: HubSettings) -> tuple[OperationRow, ...]:
    """The operations that have come to no end: one that runs now, or that was cut off; none where there is no database.

    :raises CoreTablesDiffer: when another release has migrated the tables that say so.
    """
    try:
        with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
            return open_operations(connection) if is_prepared(connection) else ()
    except DatabaseMissing:
        return ()


def finish(url: DatabaseUrl, settings: HubSettings, operation: OperationRow) -> None:
    """Do what lies beside the database, once it says that the operation is committed. Doing it twice changes nothing."""
    if environment := operation.intent.get("environment"):
        take_up(settings, environment, operation.intent.get("lock"))
    try:
        edit_document(settings, DocumentEdit.of(operation.intent))
    except ConfigNotWritable as error:
        log.warning("hub.toml does not say what was changed, the database does: %s", error.cause)
        with connect(url) as connection:  # else the file would count as edited since, and win
            store_document(connection, document_text(settings) or "")
            connection.commit()
    except HubError as error:  # somebody is at work in it
        log.warning("hub.toml does not say what was changed, the database does: %s", error.cause)
    _end(url, operation, DONE)


def _end(url: DatabaseUrl, operation: OperationRow, outcome: str) -> None:
    with connect(url) as connection:
        finish_operation(connection, operation.id, outcome=outcome)
        connection.commit()
