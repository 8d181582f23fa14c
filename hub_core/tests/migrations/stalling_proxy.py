"""A TCP proxy that can stop forwarding and keep every connection open: a black hole, in both directions."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class StallingProxy(threading.Thread):
    """Stands before the server of ``url``; new connections are taken while it stalls, and get no answer either."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._parts = urlsplit(url)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """The same database, through this proxy."""
        user = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._flowing, self._ended = asyncio.Event(), asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # what was aborted is closed a turn later

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        writers = [writer]
        with suppress(OSError, asyncio.CancelledError):
            await self._flowing.wait()
            there, back = await asyncio.open_connection(self._parts.hostname, self._parts.port)
            writers.append(back)
            await asyncio.gather(self._one_way(reader, back), self._one_way(there, writer))
        for each in writers:
            each.transport.abort()
        self._tasks.discard(task)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        await self._flowing.wait()
        writer.close()

    def stall(self) -> None:
        """Forward nothing more, not even that a side has closed."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def flow(self) -> None:
        """Forward again, also what had come meanwhile."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self.join(timeout=5)
        self._loop.close()


@contextmanager
def stalling_proxy(url: str) -> Iterator[StallingProxy]:
    """A proxy before the server of ``url`` for the length of the block."""
    proxy = StallingProxy(url)
    proxy.start()
    assert proxy._ready.wait(5)
    try:
        yield proxy
    finally:
        proxy.end()
