"""Commands, process against process."""

import asyncio
import sys
from pathlib import Path

from benchmarks.timing import Contestant


def command_runs(*command: str) -> Contestant:
    """Run a command of this environment again and again."""
    program = str(Path(sys.executable).with_name(command[0]))

    async def runs(count: int) -> None:
        for _ in range(count):
            process = await asyncio.create_subprocess_exec(
                program, *command[1:], stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            assert await process.wait() == 0

    return runs
