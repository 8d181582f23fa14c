"""What an operation does, as a stream: it tells in whichever thread it runs, and whoever wants to know reads along.

Each event has a number, so that a reader who lost the connection goes on behind the last one it saw. The texts are those of
server-sent events: an HTTP answer sends what :meth:`OperationEvents.server_sent` yields.

Source of the format: the WHATWG's HTML standard, "Server-sent events".
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ..loading import Probed
from ..migrations import RevisionRun
from ..packages import Progress
from ..planning import Plan
from .backups.archive_writing import Archiving
from .backups.archiving import Archive
from .backups.backup import Backup

Kind = Literal[
    "asked",
    "waiting",
    "started",
    "packages",
    "probed",
    "plan",
    "revision",
    "archiving",
    "backup",
    "read",
    "stage",
    "failed",
    "end",
]
_KEEP_ALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEvent:
    """One thing that happened. ``done`` of ``total`` where it is one of several; ``detail`` is for programs."""

    number: int
    kind: Kind
    text: str
    module: str | None = None
    done: int | None = None
    total: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def as_json(self) -> dict[str, Any]:
        """The object that is sent."""
        return {
            "number": self.number,
            "kind": self.kind,
            "text": self.text,
            "module": self.module,
            "done": self.done,
            "total": self.total,
            "detail": self.detail,
            "at": self.at.isoformat(),
        }

    def server_sent(self) -> str:
        """The lines of one server-sent event."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {json.dumps(self.as_json())}\n\n"


class OperationEvents:
    """The events of one operation, kept from the first on; any number of threads and tasks may read them.

    :param on_event: told of each as it happens, in the thread of the operation.
    """

    def __init__(self, on_event: Callable[[OperationEvent], None] = lambda event: None) -> None:
        self._on_event = on_event
        self._events: list[OperationEvent] = []
        self._changed = threading.Condition()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._has_ended = False

    def tell(self, kind: Kind, text: str, **more: Any) -> None:
        """One more; ``more`` are the other fields of :class:`OperationEvent`."""
        with self._changed:
            event = OperationEvent(number=len(self._events) + 1, kind=kind, text=text, **more)
            self._events.append(event)
            self._wake()
        self._on_event(event)

    def packages(self, progress: Progress) -> None:
        """The ``on_progress`` of what builds environments."""
        self.tell("packages", progress.text, done=progress.done, total=progress.total, detail={"stage": progress.stage})

    def probed(self, probed: Probed, total: int) -> None:
        """The ``on_probed`` of what describes modules."""
        self.tell("probed", probed.text, module=probed.module, total=total)

    def plan(self, plan: Plan) -> None:
        """What is going to be done."""
        steps = [{"kind": step.kind, "module": step.module, "text": step.text} for step in plan.steps]
        self.tell("plan", f"{len(plan.steps)} steps", detail={"steps": steps})

    def revision(self, run: RevisionRun) -> None:
        """The ``on_revision`` of what migrates."""
        detail = {"revision": run.revision, "back": run.back, "duration_ms": run.duration_ms}
        self.tell("revision", run.revision, module=run.module, done=run.number, total=run.total, detail=detail)

    def backup(self, backup: Backup) -> None:
        """The ``on_backup`` of what copies tables."""
        self.tell("backup", str(backup.path), module=backup.module, detail=backup.as_json())

    def archiving(self, archiving: Archiving) -> None:
        """The ``on_archiving`` of what archives."""
        detail = {"table": archiving.table, "rows": archiving.rows}
        text = f"{archiving.table}: {archiving.rows:,} rows"
        self.tell("archiving", text, done=archiving.number - 1, total=archiving.total, detail=detail)

    def archive(self, archive: Archive) -> None:
        """The ``on_kept`` of what restores a whole hub."""
        self.tell("backup", str(archive.path), detail=archive.as_json())

    def read(self, at: int, total: int) -> None:
        """So many bytes of a backup are read; once to hold it against itself, and again to put its rows back."""
        self.tell("read", f"{at:,} of {total:,} bytes", done=at, total=total)

    def stage(self, text: str) -> None:
        """The ``on_stage`` of an operation."""
        self.tell("stage", text)

    def end(self, outcome: str) -> None:
        """The last one; readers come to their end behind it. Another end behind the first one is none."""
        with self._changed:
            if self._has_ended:
                return
            self._has_ended = True
        self.tell("end", outcome)

    def since(self, number: int = 0) -> Iterator[OperationEvent]:
        """Those behind ``number``, waiting for each, to the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda at=number: len(self._events) > at)  # type: ignore[misc]
                found = self._events[number:]
            for event in found:
                yield event
                if event.kind == "end":
                    return
            number += len(found)

    async def stream(self, number: int = 0) -> AsyncIterator[OperationEvent | None]:
        """The same for a task; ``None`` when nothing happened for a while, so that a connection can be kept alive."""
        woken, loop = asyncio.Event(), asyncio.get_running_loop()
        with self._changed:
            self._waiting.append((loop, woken))
        try:
            while True:
                woken.clear()
                with self._changed:
                    found = self._events[number:]
                for event in found:
                    yield event
                    if event.kind == "end":
                        return
                number += len(found)
                if found:
                    continue
                try:
                    async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    yield None
        finally:
            with self._changed:
                self._waiting.remove((loop, woken))

    async def server_sent(self, last_event_id: str = "") -> AsyncIterator[str]:
        """What an HTTP answer of type ``text/event-stream`` sends, behind the event that a reader saw last."""
        number = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else 0
        async for event in self.stream(number):
            yield ": still at work\n\n" if event is None else event.server_sent()

    def _wake(self) -> None:
        self._changed.notify_all()
        for loop, woken in self._waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken.set)
