"""Run a coroutine of a module step by step, and see what each step changes of what all modules share.

Between two steps others run; what differs before and after one step is its own doing, unless threads of others were at
work meanwhile. What they may have done is looked at again when they are done, and what they have done blames nobody.
"""

import asyncio
import logging
from collections.abc import Awaitable, Collection, Generator, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from .log_state import LogState
from .loop_state import loop_state, restore_loop
from .process_state import changed_state, restore_state, serving_state
from .threads_at_work import did_between, threads_at_work

T = TypeVar("T")

log = logging.getLogger(__name__)

_OF_MAIN_THREAD: Final = ("signal handlers", "the blocked signals", "the wakeup file of signals")
"""What no other thread can change."""
_LOOK_AGAIN_SECONDS: Final = 0.02
_LOOKS: Final = 50


class _Stand:
    """How everything stands at one moment, and what other threads do."""

    quiet: ClassVar["_Stand | None"] = None
    """The last one at which they did nothing: what is so only for a moment is not in it."""

    def __init__(self) -> None:
        self.threads = threads_at_work()
        # any import in a thread sets filters of warnings for a moment, and the probe has seen the module's own
        self.state, self.logs = {**serving_state(), **loop_state()}, LogState(loggers=None, warnings=())

    def keep(self) -> None:
        """Keep it as the last quiet one, if it is."""
        if not self.is_loading():
            _Stand.quiet = self

    def is_loading(self) -> bool:
        """Whether a thread loads a module."""
        return any(does == "load" for does, *_ in self.threads.values())

    def changes(self, now: "_Stand") -> tuple[list[str], list[str]]:
        """What only the main thread can have changed, and what any thread can have."""
        own = {name: self.state[name] for name in _OF_MAIN_THREAD}
        others = {name: value for name, value in self.state.items() if name not in own}
        logged = [*self.logs.changes()] if self.logs != now.logs else []
        return [*changed_state(own, now.state)], [*changed_state(others, now.state), *logged]

    def restore(self, now: "_Stand", names: Collection[str]) -> None:
        """Set back what differs of ``names``."""
        before = {name: self.state[name] for name in names}
        restore_state(before, now.state)
        restore_loop(before, now.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Doubt:
    """Changes that may be those of other threads, which did ``threads`` meanwhile; ``quiet`` is how it was before them."""

    quiet: _Stand
    before: _Stand
    changes: frozenset[str]
    threads: set[str]

    def left(self, now: _Stand) -> list[str]:
        """Which of them are still there, and not only the end of what was so for a moment."""
        was = {each for told in self.quiet.changes(now) for each in told}
        return [each for told in self.before.changes(now) for each in told if each in self.changes & was]

    def set_back(self, now: _Stand) -> None:
        """Set back what differs."""
        self.quiet.restore(now, [name for name, was in self.before.state.items() if was != now.state[name]])
        if any(self.before.logs.changes()):
            self.quiet.logs.restore()


class WatchedSteps(Generic[T]):
    """Awaits ``work``; :attr:`changes` says afterwards what it has changed, and most of that is set back at once."""

    def __init__(self, work: Awaitable[T]) -> None:
        self._work: Final = work
        self._doubts: list[_Doubt] = []
        self.changes: list[str] = []

    def __await__(self) -> Generator[Any, Any, T]:
        """Run it, a comparison of some 0.1 ms around each step."""
        try:
            answered = yield from self._steps()
        except Exception:
            yield from self._settle().__await__()
            raise
        yield from self._settle().__await__()
        return answered

    def _steps(self) -> Generator[Any, Any, T]:
        steps, answer = self._work.__await__(), None
        error: BaseException | None = None
        while True:
            before = _Stand()
            try:
                waits_for = steps.send(answer) if error is None else steps.throw(error)
            except StopIteration as end:
                answered: T = end.value
                return answered
            finally:
                self._compare(before)
            answer = error = None
            try:
                answer = yield waits_for
            except BaseException as raised:  # such as that the task is cancelled: it is the module's to handle
                error = raised

    def _compare(self, before: _Stand) -> None:
        now = _Stand()
        own, others = before.changes(now)
        threads = did_between(before.threads, now.threads)
        self._blame(own)
        if not threads:
            self._blame(others)
            if own or others:
                before.restore(now, before.state)
            if any(before.logs.changes()):
                before.logs.restore()
            before.keep()
            return
        before.restore(now, _OF_MAIN_THREAD)
        if others and _Stand.quiet is not None:
            changes = frozenset(others)
            self._doubts.append(_Doubt(quiet=_Stand.quiet, before=before, changes=changes, threads=threads))

    def _blame(self, changes: Iterable[str]) -> None:
        self.changes += (each for each in changes if each not in self.changes)

    async def _settle(self) -> None:
        """Look again until other threads do nothing, or nothing is changed any more; but not for long."""
        now = _Stand()
        for _ in range(_LOOKS):
            self._doubts = [each for each in self._doubts if each.left(now)]
            if not self._doubts:
                return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            before, now = now, _Stand()
            if not now.is_loading() and not did_between(before.threads, now.threads):
                break
        else:
            return  # who is still at work may set it back as well
        for doubt in self._doubts:
            self._judge(doubt, _Stand())

    def _judge(self, doubt: _Doubt, now: _Stand) -> None:
        left = doubt.left(now)
        if not left:
            return
        doubt.set_back(now)
        if "work" in doubt.threads:
            log.warning("somebody %s: set back, and not known who, for threads were at work", "; ".join(left))
        else:
            self._blame(left)


def take_as_it_is() -> None:
    """Take how everything stands as how it shall be, unless threads are at work: before modules are brought up."""
    _Stand().keep()
