"""Processes: commands that run to their end, and servers from their start to their last answer."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sites import BIN, Site
from benchmarks.timing import Contestant

STARTING_SECONDS = 300
_POLL_SECONDS = 0.005


def command_runs(
    *command: str, folder: Path | None = None, variables: Mapping[str, str] | None = None, code: int = 0
) -> Contestant:
    """Run a command of this environment, or a program named by its path, again and again; it ends with ``code``."""
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
            assert await process.wait() == code

    return runs


def hub_command(name: str) -> tuple[str, ...]:
    """``hub serve`` or ``hub up`` as a server."""
    return (str(BIN / "hub"), name, *(("--yes",) if name == "up" else ()))


def bare_command(module: str, *options: str) -> tuple[str, ...]:
    """uvicorn over a FastAPI application that lies beside the modules of a site."""
    return (str(BIN / "uvicorn"), f"{module}:app", *options)


@dataclass(slots=True)
class Serving:
    """A server in a process of its own, from :func:`serving`."""

    process: asyncio.subprocess.Process
    port: int
    started: float

    def memory(self) -> float:
        """What of its memory is resident, in bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return 1024 * next(float(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    async def connection(self) -> "Connection":
        """A connection that is kept; waited for until the server listens."""
        async with asyncio.timeout(STARTING_SECONDS):
            while True:
                try:
                    return Connection(*await asyncio.open_connection("127.0.0.1", self.port, limit=2**26))
                except OSError:
                    assert self.process.returncode is None, "the server has ended"
                    await asyncio.sleep(_POLL_SECONDS)


@dataclass(slots=True)
class Connection:
    """One kept connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def get(self, request: bytes, status: int = 200) -> bytes:
        """Send a request and read its answer."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d" % status), head
        return await self.reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))


def request_for(path: str, token: str = "") -> bytes:
    """A GET request as bytes."""
    credential = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n{credential}\r\n".encode()


@asynccontextmanager
async def serving(command: Sequence[str], site: Site, **variables: str) -> AsyncIterator[Serving]:
    """Start a server over the modules of ``site``, and stop it with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        *("--port", str(port)),
        cwd=site.home,
        env={**site.variables, **variables},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield Serving(process, port, started)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
