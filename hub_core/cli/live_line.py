"""One line on standard error that says what is going on, where that is a terminal that can erase; nothing of it is left at the end."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class LiveLine:
    """What is worked on, how much of it is done, and since when. Where no line can be erased, nothing is shown."""

    def __init__(self) -> None:
        self.is_shown = sys.stderr.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
        self._line: Progress | None = None
        self._task: TaskID | None = None
        self._text = ""

    def show(self, text: str, *, done: int, total: int, item: str = "") -> None:
        """``done`` of ``total``; another ``text`` begins anew."""
        if not self.is_shown:
            return
        if self._line is None:
            self._line = _line()
            self._line.start()
        if self._task is None or text != self._text:
            self.clear_task()
            self._text, self._task = text, self._line.add_task(text, total=total, item="")
        self._line.update(self._task, completed=done, total=total if total > 1 else None, item=item)

    def clear_task(self) -> None:
        """Show none, and go on."""
        if self._line is not None and self._task is not None:
            self._line.remove_task(self._task)
            self._task = None

    def end(self) -> None:
        """Remove the line, so that a question or an answer may come."""
        if self._line is not None:
            self.clear_task()
            self._line.stop()
            self._line = None


def _line() -> "Progress":
    # here, because rich takes 40 ms to import, and most commands are done by then
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(
            "{task.fields[item]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)
        ),
        console=Console(stderr=True),
        transient=True,
        expand=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
