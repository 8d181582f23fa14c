"""How logging and warnings are set up: for all who share the process, so that it is not a module's to change.

A module's own loggers are new ones, and may be as it likes.
"""

import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .change_counts import counters, identities


def _own_handlers() -> tuple[logging.Handler, ...]:
    return tuple(each for each in logging.root.handlers if not _is_last_resort(each))


def _is_last_resort(handler: logging.Handler) -> bool:
    """Whether it is what ``logging.warning()`` itself adds where nobody has set anything up; a hub has."""
    return (
        type(handler) is logging.StreamHandler
        and handler.stream is sys.stderr
        and handler.level == logging.NOTSET
        and getattr(handler.formatter, "_fmt", None) == logging.BASIC_FORMAT
    )


def _of(logger: logging.Logger) -> tuple[Any, ...]:
    return logger.level, logger.disabled, logger.propagate, tuple(logger.handlers), tuple(logger.filters)


class _Loggers:
    """The loggers that are there when it is made."""

    def __init__(self) -> None:
        known = logging.root.manager.loggerDict
        loggers = {name: logger for name, logger in known.items() if isinstance(logger, logging.Logger)}
        self._were = {name: _of(logger) for name, logger in loggers.items()}
        self._identities = identities(tuple(self._were))
        self._found = self._identities(known)
        self._counted = counters(
            [vars(logger) for logger in loggers.values()],
            [items for logger in loggers.values() for items in (logger.handlers, logger.filters)],
        )
        self._counts = self._counted()
        self._filled = [name for name, was in self._were.items() if was[3:] != ((), ())]

    def changed(self) -> list[str]:
        """Those set up otherwise now; a list can be of the same length and hold others, so that these are looked at."""
        now = logging.root.manager.loggerDict
        is_as_it_was = self._counts and self._counts == self._counted() and self._found == self._identities(now)
        return [name for name in (self._filled if is_as_it_was else self._were) if self._differs(name, now.get(name))]

    def _differs(self, name: str, now: Any) -> bool:
        return isinstance(now, logging.Logger) and _of(now) != self._were[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """What is set up at the moment it is made. Without ``warnings`` their filters are not compared."""

    disabled: int = field(default_factory=lambda: logging.root.manager.disable)
    level: int = field(default_factory=lambda: logging.root.level)
    root: tuple[Any, ...] = field(default_factory=lambda: (logging.root.disabled, tuple(logging.root.filters)))
    handlers: tuple[logging.Handler, ...] = field(default_factory=_own_handlers)
    warnings: tuple[Any, ...] = field(default_factory=lambda: tuple(warnings.filters))
    loggers: _Loggers | None = field(default_factory=_Loggers)

    def changes(self) -> Iterator[str]:
        """What is otherwise now, each as a few words."""
        now = LogState(loggers=None)
        if now.disabled != self.disabled:
            yield f"disables logging up to {logging.getLevelName(now.disabled)}"
        if now.level != self.level:
            yield f"sets the level of the root logger to {logging.getLevelName(now.level)}"
        if now.root != self.root:
            yield "disables or filters the root logger"
        if set(now.handlers) - set(self.handlers):
            yield "adds a handler to the root logger"
        if set(self.handlers) - set(now.handlers):
            yield "removes a handler of the root logger"
        if changed := self.loggers.changed() if self.loggers else []:
            yield f"changes the {'logger' if len(changed) == 1 else 'loggers'} {_few(changed)}"
        if self.warnings and now.warnings != self.warnings:
            yield from self._changed_warnings(now)

    def restore(self) -> None:
        """Set the root logger up as it was."""
        logging.disable(self.disabled)
        logging.root.setLevel(self.level)
        logging.root.disabled, logging.root.filters[:] = self.root[0], self.root[1]
        logging.root.handlers[:] = self.handlers

    def _changed_warnings(self, now: "LogState") -> Iterator[str]:
        added = [each for each in now.warnings if each not in self.warnings]
        if any(each[0] == "error" for each in added):
            yield "makes warnings errors"
        if any(each[0] != "error" and each[1:] == (None, Warning, None, 0) for each in added):
            yield "changes what happens with all warnings"
        if any(each not in now.warnings for each in self.warnings):
            yield "removes filters of warnings"


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} others" if len(names) > 3 else "")
