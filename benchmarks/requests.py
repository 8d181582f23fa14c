"""Requests, as ASGI calls within this process and over HTTP from this process to a server in another."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Message, Scope

from benchmarks.processes import Connection, request_for, serving
from benchmarks.sites import Site
from benchmarks.timing import Contestant


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
async def http_calls(
    command: Sequence[str], site: Site, path: str, *, connections: int = 1, **variables: str
) -> AsyncIterator[Contestant]:
    """GET ``path`` from a server in a process of its own, over ``connections`` kept connections at once."""
    request = request_for(f"{path}?label=b")
    async with serving(command, site, **variables) as server:
        kept = [await server.connection() for _ in range(connections)]

        async def calls(count: int) -> None:
            for number, each in enumerate(kept):
                if each.reader.at_eof():  # a server keeps a connection for seconds only when nobody uses it
                    kept[number] = await server.connection()
            left = iter(range(count))
            await asyncio.gather(*(_until_done(each, left) for each in kept))

        async def _until_done(connection: Connection, left: Iterator[int]) -> None:
            for _ in left:
                await connection.get(request)

        yield calls
        for each in kept:
            each.writer.close()
