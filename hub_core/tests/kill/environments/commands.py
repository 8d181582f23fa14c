"""What runs in a child as a command: the command line, and what the hub does without being told to."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

COMES_UP: Final = "up until it is ready"
FALLS_BACK: Final = "what a process does whose successor does not start"
ENDS: Final = "HUB_KILL_ENDS_WHEN_READY"


def run_command(arguments: Sequence[str]) -> int:
    """Run one; its exit code."""
    if tuple(arguments) == (FALLS_BACK,):
        return _fall_back()
    if tuple(arguments) == (COMES_UP,):
        os.environ[ENDS] = "1"
        end_when_ready()
        arguments = ("up", "--yes", "--port", "0")
    from hub_core.cli.main import main

    sys.argv = ["hub", *arguments]
    return main()


def end_when_ready() -> None:
    """Let a hub that comes up end as soon as it serves, where that is what was asked for."""
    if os.environ.get(ENDS):
        from hub_core.cli.start_report import StartReport

        printing = StartReport.print

        def ending(report: StartReport, *arguments: Any) -> None:
            printing(report, *arguments)
            os.kill(os.getpid(), signal.SIGTERM)

        vars_of: Any = StartReport
        vars_of.print = ending


def _fall_back() -> int:
    """As a process that serves; and then what the next one does with an operation that was cut off."""
    from hub_core.operations.falling_back import fall_back
    from hub_core.operations.recovery import settle
    from hub_core.settings import read_settings

    settings = read_settings(Path.cwd())
    fall_back(settings, reason="the hub does not start there")
    settle(settings)
    return 0
