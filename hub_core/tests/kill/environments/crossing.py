"""Watch a command of the hub that becomes another interpreter half way: its moments are counted on across ``exec``.

A command that builds an environment becomes ``hub carry`` in it, and a command that is called elsewhere becomes the same one in
the current environment. The process stays the same one; what is counted so far, and the pipe, go over in a variable. Where the
hub or a library moves, ``hub carry`` is a child that the command waits for: it counts on, and the command on behind it.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from hub_core.tests.kill.environments.commands import end_when_ready
from hub_core.tests.kill.mechanisms import take_out
from hub_core.tests.kill.points import Points, watch
from hub_core.tests.kill.telling import told_to, wait_for_the_end

VARIABLE: Final = "HUB_KILL_CROSSING"
ARRIVING: Final = Path(__file__).parent / "arriving"
COUNTS: Final = "../child.counts"
"""Beside the hub's folder, in which the command runs: how far a child has counted."""
TOOL_MILLISECONDS: Final = (5, 40, 160)
"""How long a tool has been at work when it is killed together with the hub."""
EVERY_REMOVED: Final = 40
"""Of the files of a folder that is removed, each so many is a moment."""
NOTHING_IS_WRITTEN: Final = re.compile(
    r"(before|after) (SELECT|PRAGMA|SHOW|SET|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|WITH|COPY [^ ]+ .*TO|LISTEN|open null)\b"
)
"""What leaves everything as it was; killed there, the hub leaves what the moment before left."""


class Crossing(Points):
    """The moments of one command, whichever interpreter it is by now, at which something may be written."""

    def __init__(self, tells: int, stop_at: int | str | None, before: int = 0, *, is_child: bool = False) -> None:
        self.tells, self._tell = tells, told_to(tells)
        self.tool: int | None = None
        child = os.getpid() if is_child else None
        self._removing = self._removed = 0
        super().__init__(
            stop_at,
            lambda number, name: wait_for_the_end(self._tell, number, name, tool=self.tool, child=child),
            before=before,
        )

    def flush(self) -> None:
        """Tell what was passed so far."""
        self._tell({"passed": self.names})
        self._before, self.names = self.count, []

    def go_on_at(self, count: int, *, stops: bool) -> None:
        """A child has counted on; where it was killed, the moment to stop at was its own."""
        self._before = count
        self._stop_at = self._stop_at if stops else None

    def passed(self, name: str) -> None:
        if NOTHING_IS_WRITTEN.match(name) and "'hub_" not in name:
            return
        if self._removing:
            self._removed += 1
            if self._removed % EVERY_REMOVED:
                return
        super().passed(name)

    def removing(self, remove: Callable[..., Any]) -> Callable[..., Any]:
        """``shutil.rmtree``, with few of its moments."""

        def watched(path: Any, *arguments: Any, **named: Any) -> None:
            self.passed(f"before removal of {Path(path).name}")
            self._removing += 1
            try:
                remove(path, *arguments, **named)
            finally:
                self._removing -= 1
            self.passed(f"after removal of {Path(path).name}")

        return watched

    def tool_runs(self, process: "subprocess.Popen[Any]", program: str) -> None:
        """The hub is killed at once and the tool goes on without it; or both are killed when that has worked a while."""
        self.passed(f"after start of {program}")
        self.tool = process.pid
        for milliseconds in TOOL_MILLISECONDS:
            if self.count == self._stop_at:
                time.sleep(milliseconds / 1000)
            self.passed(f"in {program}, {milliseconds} ms")
        self.tool = None


def begin_crossing(
    tells: int,
    *,
    watched: bool,
    stop_at: int | str | None,
    without: Sequence[str],
    before: int = 0,
    counts: str | None = None,
) -> None:
    """Watch this process from now on, and whatever it becomes; ``tells`` is the pipe it says things on.

    :param counts: the file in which a child says how far it has counted.
    """
    os.set_inheritable(tells, False)
    crossing = Crossing(tells, stop_at, before, is_child=counts is not None)
    execv = os.execv

    def cross(path: Any, arguments: Any) -> NoReturn:
        crossing.passed(f"before exec of {' '.join(arguments[4:])}")
        os.environ |= told_on(crossing.count, process=os.getpid())
        told_to(tells)(
            {"passed": crossing.names, "crosses": [str(path), *arguments[4:], os.environ.get("HUB_CARRY", "")]}
        )
        os.set_inheritable(tells, True)
        execv(path, arguments)

    def told_on(count: int, **more: Any) -> dict[str, str]:
        told = {"tells": tells, "watched": watched, "stop_at": stop_at, "without": [*without], "before": count, **more}
        return {VARIABLE: json.dumps(told), "PYTHONPATH": str(ARRIVING)}

    os.execv = cross
    _CROSSINGS.append((tells, crossing))
    if watched:
        _watch(crossing, told_on)


def end_crossing() -> None:
    """Say that all is done, and which moments there were since the last ``exec``."""
    tells, crossing = _CROSSINGS[-1]
    told_to(tells)({"done": True, "passed": crossing.names})


def _end_as_child(counts: str) -> None:
    _, crossing = _CROSSINGS[-1]
    crossing.flush()
    _counted(counts, crossing.count)


def _counted(counts: str, number: int | None = None) -> int:
    """Write how far a child has counted, or read it; what is opened without being made is no moment."""
    file = os.open(counts, os.O_RDWR)
    try:
        return int(os.read(file, 20)) if number is None else os.write(file, f"{number:20}".encode())
    finally:
        os.close(file)


def arrive() -> None:
    """Go on after ``exec``. What this command starts has the variable as well, and is not meant."""
    told = json.loads(os.environ[VARIABLE])
    counts = told.get("counts")
    if told.pop("process", os.getpid()) != os.getpid():
        return
    del os.environ[VARIABLE], os.environ["PYTHONPATH"]
    atexit.register(end_crossing) if counts is None else atexit.register(_end_as_child, counts)
    for mechanism in told["without"]:
        take_out(mechanism)
    begin_crossing(**told)
    end_when_ready()
    has_arrived()


def has_arrived() -> None:
    """The first moment in the other interpreter."""
    _CROSSINGS[-1][1].passed("after exec")


def _watch(crossing: Crossing, told_on: Callable[..., dict[str, str]]) -> None:
    watch(crossing)
    os.mkdir = crossing.around(os.mkdir, lambda path, *_, **__: f"mkdir {os.path.basename(path)}")  # noqa: PTH119
    os.fork = crossing.around(os.fork, lambda: "fork")
    vars(shutil)["rmtree"] = crossing.removing(shutil.rmtree)
    _watch_tools(crossing, told_on)


def _watch_tools(crossing: Crossing, told_on: Callable[..., dict[str, str]]) -> None:
    class Popen(subprocess.Popen):  # type: ignore[type-arg]
        is_counting = False

        def __init__(self, command: Any, *arguments: Any, **named: Any) -> None:
            self.program = _program(command)
            crossing.passed(f"before start of {self.program}")
            if command[-1] == "carry":
                crossing.flush()
                self.is_counting = True
                _counted(COUNTS, crossing.count)
                named["env"] |= told_on(crossing.count, counts=os.path.abspath(COUNTS))  # noqa: PTH100
                named["pass_fds"] = [*named["pass_fds"], crossing.tells]
            super().__init__(command, *arguments, **named)
            if not self.is_counting:
                crossing.tool_runs(self, self.program)

        def wait(self, *arguments: Any, **named: Any) -> int:
            code = super().wait(*arguments, **named)
            if self.is_counting:
                crossing.go_on_at(_counted(COUNTS), stops=code >= 0)
                self.is_counting = False
            return code

        def communicate(self, *arguments: Any, **named: Any) -> Any:
            said = super().communicate(*arguments, **named)
            with suppress(AttributeError):
                crossing.passed(f"after end of {self.program}")
            return said

    vars(subprocess)["Popen"] = Popen


def _program(command: Any) -> str:
    """What is run, without where it lies."""
    words = [str(each) for each in command]
    name = Path(words[0]).name
    told = words[1:3] if name == "uv" else [word for word in words if word == "compileall" or "hub_core" in word]
    return " ".join([name, *told])


_CROSSINGS: Final[list[tuple[int, Crossing]]] = []
