"""Requests, as ASGI calls within this process and over HTTP from this process to a server in another."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Scope

from benchmarks.timing import Contestant

STARTING_SECONDS = 120


def asgi_calls(app: ASGIApp, path: str, *, token: str | None = None, status: int = 200) -> Contestant:
    """GET ``path`` again and again; an answer with another status ends the run."""
    headers = [(b"host", b"bench")] + ([(b"authorization", f"Bearer {token}".encode())] if token else [])
    template: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"label=b", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def calls(count: int) -> None:
        statuses.clear()
        for _ in range(count):
            await app(dict(template), receive, send)
        assert set(statuses) == {status}, f"{path}: {set(statuses)}"

    return calls


@asynccontextmanager
async def http_calls(kind: str, folder: str, path: str) -> AsyncIterator[Contestant]:
    """GET ``path`` over one kept connection from a uvicorn in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "BENCH_KIND": kind, "BENCH_FOLDER": folder}
    command = ("-m", "uvicorn", "benchmarks.served:app", "--port", str(port), "--log-level", "warning")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment)
    try:
        reader, writer = await _connection(port)
        request = f"GET {path}?label=b HTTP/1.1\r\nHost: bench\r\n\r\n".encode()

        async def calls(count: int) -> None:
            for _ in range(count):
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200"), head
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))

        yield calls
        writer.close()
    finally:
        process.terminate()
        await process.wait()


async def _connection(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(STARTING_SECONDS):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
