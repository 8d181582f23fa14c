"""What a driver says of an error, without what people wrote: PostgreSQL quotes rows in the lines after the first."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

_NAMES_THINGS: Final = "2B"
"""The class of errors whose details name tables and views that depend on something; those of others quote rows."""


def plain_text(error: BaseException) -> str:
    """One line: of a database's error what it says first, of any other one its text."""
    driver = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join((_primary(driver) or str(driver)).split())


def refusal_text(error: BaseException, states: Collection[str]) -> str | None:
    """What a PostgreSQL error with one of these SQLSTATEs says, or what it names as needing it; ``None`` for any other error."""
    driver: Any = getattr(error, "orig", None) or error
    state = getattr(driver, "sqlstate", None)
    if state is None or state not in states:
        return None
    named = driver.diag.message_detail if state.startswith(_NAMES_THINGS) else None
    return str(named).replace("\n", "; ") if named else plain_text(driver)


def forget_details(error: BaseException) -> None:
    """Take DETAIL, CONTEXT and the like out of ``error`` and whatever led to it: it may be printed with its traceback.

    The driver's error still has them in ``diag``, for whoever asks by name.
    """
    for each in _chain(error):
        if isinstance(each, DBAPIError) and each.orig:
            _shorten(each, each.orig)
        _shorten(each, each)


def keep_details_out(engine: Engine) -> None:
    """Do so with every error of ``engine``, as it is raised."""

    @event.listens_for(engine, "handle_error")
    def forget(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None:
            forget_details(context.sqlalchemy_exception)
        forget_details(context.original_exception)


def _shorten(error: BaseException, driver: BaseException) -> None:
    """Put what the driver says first in the place of all it says."""
    primary, told = _primary(driver), getattr(driver, "args", ())
    whole = str(told[0]) if told else ""
    if primary and whole and error.args:
        error.args = (str(error.args[0]).replace(whole, primary), *error.args[1:])


def _primary(error: BaseException) -> str | None:
    diag = getattr(error, "diag", None)
    primary = getattr(diag, "message_primary", None)
    if primary and (getattr(error, "sqlstate", None) or "").startswith(_NAMES_THINGS):
        primary = f"{primary}: {getattr(diag, 'message_detail', None) or ''}"
    return str(primary) if primary else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: dict[int, BaseException] = {}
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) not in found:
            found[id(each)] = each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]
    # the outer ones first: they quote what the inner ones say now
    return iter(found.values())
