"""How the running event loop is set up: it belongs to all who share the process."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final


def loop_state() -> dict[str, Any]:
    """By the name of each thing, a value that can be compared."""
    loop = asyncio.get_running_loop()
    return {name: read(loop) for name, (read, _) in _KEPT.items()}


def restore_loop(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Set back what differs."""
    loop = asyncio.get_running_loop()
    for name, (_, restore) in _KEPT.items():
        if name in before and before[name] != now[name]:
            restore(loop, before[name])


_KEPT: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any, Any], None]]]] = {
    "the task factory of the event loop": (
        lambda loop: loop.get_task_factory(),
        lambda loop, was: loop.set_task_factory(was),
    ),
    "the exception handler of the event loop": (
        lambda loop: loop.get_exception_handler(),
        lambda loop, was: loop.set_exception_handler(was),
    ),
    "the debug mode of the event loop": (lambda loop: loop.get_debug(), lambda loop, was: loop.set_debug(was)),
    "the hooks of asynchronous generators": (
        lambda loop: sys.get_asyncgen_hooks(),
        lambda loop, was: sys.set_asyncgen_hooks(*was),
    ),
}
