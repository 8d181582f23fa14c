"""See who listens to SQLAlchemy's events for all: what listens to ``Engine`` or ``Session`` hears each module's.

A module listens to its own engine, its own tables and its own classes. What SQLAlchemy itself listens to is left out,
as a column type that can be changed in place listens to all mappers.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy.engine.interfaces import ConnectionEventsTarget, Dialect
from sqlalchemy.orm import Mapper, Query, Session
from sqlalchemy.orm.decl_api import registry
from sqlalchemy.orm.instrumentation import ClassManager
from sqlalchemy.pool import Pool

from .change_counts import counters

_TARGETS: Final = (ConnectionEventsTarget, Dialect, Pool, Session, Mapper, ClassManager, Query, registry)
_LIBRARIES: Final = ("sqlalchemy", "hub_core", "hub_hookspecs")


class LibraryEvents:
    """Who listens when it is made; :meth:`changes` says who listens since."""

    def __init__(self) -> None:
        self._events = tuple(_events())
        self._were = [_listeners(levels) for _, levels in self._events]
        spaces = [levels.data for _, levels in self._events]
        self._counted = counters(
            spaces, [each for space in spaces for each in space.values() if hasattr(each, "append")]
        )
        self._counts = self._counted()

    def changes(self) -> Iterator[str]:
        """Each as a few words."""
        if self._counts and self._counts == self._counted():
            return
        for (name, levels), were in zip(self._events, self._were, strict=True):
            now = _listeners(levels)
            heard = [kind for kind, listeners in now.items() if listeners - were.get(kind, frozenset())]
            for kind in heard:
                if not set(kind.__mro__[1:]).intersection(heard):
                    yield f"listens to {name} of {kind.__module__}.{kind.__qualname__}, which is everybody's"


def _events() -> Iterator[tuple[str, Any]]:
    """The name of each event, and who listens to it by class."""
    target: Any
    for target in _TARGETS:
        dispatch = target.dispatch
        for name in dispatch._event_names:
            yield name, getattr(dispatch, name)._clslevel


def _listeners(levels: Any) -> dict[type, frozenset[Any]]:
    """Those who listen to a class of a library, by class."""
    found = {kind: frozenset(filter(_is_foreign, listeners)) for kind, listeners in levels.items() if _is_shared(kind)}
    return {kind: listeners for kind, listeners in found.items() if listeners}


def _is_shared(kind: type) -> bool:
    """Whether it is a library's; a ``sessionmaker`` makes classes that seem to be, and nobody else has them."""
    if kind.__module__.partition(".")[0] not in _LIBRARIES:
        return False
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def _is_foreign(listener: Any) -> bool:
    """Whether it is not SQLAlchemy's own, as which it is wrapped."""
    while inner := _wrapped(listener):
        listener = inner
    return not str(getattr(listener, "__module__", "")).startswith("sqlalchemy.")


def _wrapped(listener: Any) -> Any:
    names = getattr(getattr(listener, "__code__", None), "co_freevars", ())
    cells = dict(zip(names, getattr(listener, "__closure__", None) or (), strict=True))
    found = [cells[name].cell_contents for name in ("orig_fn", "fn") if name in cells]
    return found[0] if found else None
