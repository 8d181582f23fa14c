"""Commands, process against process."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.timing import Contestant


def command_runs(*command: str, folder: Path | None = None, variables: Mapping[str, str] | None = None) -> Contestant:
    """Run a command of this environment, or a program named by its path, again and again."""
    program = str(Path(sys.executable).parent / command[0])  # a whole path stays as it is

    async def runs(count: int) -> None:
        for _ in range(count):
            process = await asyncio.create_subprocess_exec(
                program,
                *command[1:],
                cwd=folder,
                env={**os.environ, **(variables or {})},
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            assert await process.wait() == 0

    return runs
