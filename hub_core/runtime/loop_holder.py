"""Who holds the event loop, read from its stack by another thread while it does.

The innermost line of a module's own code says it best. Where there is none, such as in a library that makes JSON of what a
handler answered, it is the module whose work runs: that is in the context of the task or callback.
"""

import asyncio
import sys
from asyncio import events
from collections.abc import Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

from hub_hookspecs.host import current_call

from ..whose_work import CORE, module_in

_CALLBACK: Final[CodeType] = events.Handle._run.__code__


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The innermost line of a module on the stack of the event loop; the innermost of all where there is none.

    ``by`` says how the module is known then: by its request or its task. It is the hub's where nobody is known.
    """

    module: str
    line: str
    by: str = ""

    @property
    def holder(self) -> str:
        """Who it is, in words."""
        return f"{self.module} (by its {self.by})" if self.by else self.module


def place_of(thread: int, loop: asyncio.AbstractEventLoop, folders: Mapping[str, str]) -> Place:
    """Where ``loop`` is now, which runs in ``thread``.

    :param folders: the folder of each package, with a separator at its end, and its module.
    """
    frames = list(_outwards(sys._current_frames().get(thread)))
    for frame in frames:
        for folder, module in folders.items():
            if frame.f_code.co_filename.startswith(folder):
                return Place(module=module, line=_line(frame, len(str(Path(folder).parent)) + 1))
    line = _line(frames[0], 0) if frames else "its stack is not to be seen"
    context = _context(frames, loop)
    if context is None or (module := module_in(context)) == CORE:
        return Place(module=CORE, line=line)
    return Place(module=module, line=line, by="task" if context.get(current_call) is None else "request")


def _context(frames: list[FrameType], loop: asyncio.AbstractEventLoop) -> Context | None:
    """What the callback or the step of a task runs in that the loop is at."""
    for frame in frames:
        if frame.f_code is _CALLBACK:
            context: object = getattr(frame.f_locals["self"], "_context", None)
            return context if isinstance(context, Context) else None
    task = asyncio.current_task(loop)  # of a loop that is not Python's own; tasks tell their context since 3.12
    context = getattr(task, "get_context", lambda: None)()
    return context if isinstance(context, Context) else None


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _line(frame: FrameType, cut: int) -> str:
    return f"{frame.f_code.co_filename[cut:]}:{frame.f_lineno} ({frame.f_code.co_name})"
