"""Run one hub on a socket until it is told to stop."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Final, TypeAlias

import uvicorn

from ..database import Database, parse_url
from ..errors import HubError
from ..loading import LoadedModule
from ..logs import complete_logging
from ..operations.processes.process_note import ProcessNote
from ..operations.standing import Standing
from ..runtime import CORE, Hub, OwnedTask
from ..settings import HubSettings
from ..web import application
from .ending_signals import hangup_ends, heard

log = logging.getLogger(__name__)

_USUALLY: Final = gc.get_threshold()
_WHILE_STARTING: Final = (100_000, 10, 10)
SETTLED_SECONDS: Final = 1.0
"""How long after the start the hub is as it will stay."""
_TICK_SECONDS: Final = 0.02
Trial: TypeAlias = Callable[[], bool]
"""Answers whether the hub starts in what is recorded now."""
OUTDATED: Final = 75
"""How a process ends whose place a successor shall take: what it serves is not what is recorded any more."""
RETRY_SECONDS: Final = 10.0
"""How long a process whose successor does not start goes on before it looks again."""
FIRST_REQUEST_SECONDS: Final = 1.0
"""How long a process that ends waits for the request of somebody who has connected and not asked yet."""
EXTRA_SECONDS: Final = 1.0
"""What the hub itself may take to end, beside its requests and its modules."""


class AddressInUse(HubError):
    """The address the hub should listen on is not to be had."""

    code = "address_in_use"

    def __init__(self, host: str, port: int, error: OSError) -> None:
        if error.errno == errno.EADDRINUSE:
            remedy = f"Stop what listens there, or choose another port: --port {port + 1 if port < 65535 else 8000}"
        elif error.errno == errno.EACCES:
            remedy = "Choose a port above 1023, or give this user the right to open it"
        else:
            remedy = "Choose an address of this machine, for example --host 127.0.0.1"
        super().__init__(f"cannot listen on {host}:{port}", cause=error.strerror or str(error), remedy=remedy)


LISTEN_FD: Final = "HUB_LISTEN_FD"


def free_socket(host: str, port: int) -> socket.socket:
    """Open the listening socket first of all, so that a taken port is told before anything is changed.

    A successor is handed that of the process whose place it takes: nobody who connects meanwhile is turned away.

    :raises AddressInUse: naming address and cause.
    """
    if (handed := os.environ.pop(LISTEN_FD, "")).isdecimal():
        os.set_inheritable(int(handed), False)
        return socket.socket(fileno=int(handed))
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressInUse(host, port, error) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise AddressInUse(host, port, error) from error
    return listening


class Server:
    """uvicorn around one hub: says when it is ready, drains on SIGINT, SIGTERM and SIGHUP, and ends within the limit."""

    def __init__(
        self,
        settings: HubSettings,
        standing: Standing,
        listening: socket.socket,
        *,
        preload: bool,
        loaded: Mapping[str, LoadedModule],
        note: ProcessNote,
    ) -> None:
        self._settings, self._listening, self._note = settings, listening, note
        self._ending = threading.Lock()
        self._is_outdated = False
        database = Database(parse_url(settings.effective_database_url))
        self.hub = Hub(settings, database, standing, preload=preload, loaded=loaded, note=note)
        self.on_ready: Callable[[str], None] = lambda address: None
        self.exits: Callable[[int], object] = os._exit
        """Ends the process when not everything ended in time."""
        self.on_outdated: Callable[[], None] = self._look_for_successor
        """What is done when something else is recorded than is served."""
        self.next_trial: Callable[[], Trial] = lambda: lambda: True
        """Asked in a thread before this process ends for a successor, and again while it cannot be."""
        self._is_looking = threading.Lock()
        config = uvicorn.Config(
            application(self.hub),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=round(settings.stop_seconds),
        )
        self._server = _Announcing(config, self._ready, self._stopping)
        self.hub.cancels_requests = lambda: self._server.should_exit
        self.hub.on_outdated = lambda: self.on_outdated()

    def run(self) -> int:
        """Serve until a signal, drain, and answer the exit code: 0 after SIGTERM, 130 after Ctrl-C, or :data:`OUTDATED`."""
        with (
            heard(self._server.told),
            hangup_ends(self._server.handle_exit),
            asyncio.Runner() as runner,
        ):
            loop = runner.get_loop()
            serving = OwnedTask(CORE, self._server.serve(sockets=[self._listening]), "the hub serves", loop=loop)
            while not serving.done():
                _go_on(loop, serving, self.hub)
            serving.result()
        return self._code

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return self._server.interrupted

    @property
    def _code(self) -> int:
        if self._server.interrupted:
            return 130
        return OUTDATED if self._is_outdated and not self._server.ordered else 0

    def _look_for_successor(self) -> None:
        loop = asyncio.get_running_loop()

        def look() -> None:
            if self._is_looking.acquire(blocking=False):
                while not self.next_trial()():
                    time.sleep(RETRY_SECONDS)
                with suppress(RuntimeError):  # it has ended meanwhile
                    loop.call_soon_threadsafe(self._outdated)

        threading.Thread(target=look, name="hub-successor", daemon=True).start()

    def _outdated(self) -> None:
        """End in order, for a successor that serves what is recorded now; an order to end that came before stands."""
        if not self._server.should_exit:
            self._is_outdated = True
            self._stopping()
            self._server.should_exit = True

    def _ready(self) -> None:
        asyncio.get_running_loop().call_later(SETTLED_SECONDS, _settle)
        host, port = self._listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.on_ready(f"http://{shown}:{port}")

    def _stopping(self) -> None:
        self.hub.draining = True
        if self._ending.acquire(blocking=False):  # only once, in whichever thread
            self._note.keep()
            threading.Thread(target=self._end_in_any_case, name="hub-end", daemon=True).start()

    def _end_in_any_case(self) -> None:
        """End the process when its time is over: a module may block the loop, swallow its cancellation or leave a thread.

        Requests have their time, then modules have theirs.
        """
        time.sleep(2 * self._settings.stop_seconds + EXTRA_SECONDS)
        here = {threading.current_thread(), threading.main_thread()}
        others = sorted(thread.name for thread in threading.enumerate() if thread not in here and not thread.daemon)
        log.error("not everything ended in time; the process ends now%s", f": {', '.join(others)}" if others else "")
        self._note.close()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        self.exits(self._code)


def begin() -> None:
    """Collect garbage seldom: what a start makes stays, and looking through it for a thousand modules takes longer than reading them."""
    gc.set_threshold(*_WHILE_STARTING)


def _settle() -> None:
    """Collect as usual from now on; what the start has made is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_USUALLY)
    threading.Thread(target=complete_logging, name="hub-log", daemon=True).start()


def _go_on(loop: asyncio.AbstractEventLoop, serving: asyncio.Task[None], hub: Hub) -> None:
    """Run the loop; a module that stops it, or whose task raises SystemExit or KeyboardInterrupt, does not end the hub."""
    try:
        loop.run_until_complete(serving)
    except (SystemExit, KeyboardInterrupt) as error:
        if serving.done():
            raise
        log.exception("%s in a task that no request waits for; the hub goes on", type(error).__name__)
    except RuntimeError:
        if serving.done() or loop.is_closed():
            raise
        busy = [name for name, meter in hub.meters.items() if meter.in_flight and name != CORE]
        told = f" (requests run of: {', '.join(busy)})" if busy else ""
        log.error("a module stopped the event loop%s; the hub goes on", told)


def _has_not_asked(connection: object) -> bool:
    return getattr(connection, "cycle", connection) is None


class _Announcing(uvicorn.Server):
    """uvicorn's server that tells when it accepts connections and when it was asked to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stopping = ready, stopping
        self.interrupted = self.ordered = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests and then modules end, although a request may cancel what uvicorn waits for them with."""
        await self._hear_out()
        try:
            await super().shutdown(sockets=sockets)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            log.error("a module cancelled the wait for its requests; the hub ends in order")
            await self.lifespan.shutdown()

    async def _hear_out(self) -> None:
        """Answer those whom this process has taken from the queue of the socket: nobody else can answer them any more."""
        for server in self.servers:
            server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        until = time.monotonic() + FIRST_REQUEST_SECONDS
        is_awaited = True  # at least once: buffers are read, and what was just accepted becomes a connection
        while is_awaited and not self.force_exit:
            await asyncio.sleep(_TICK_SECONDS)
            is_awaited = any(map(_has_not_asked, self.server_state.connections)) and time.monotonic() < until

    def told(self, sig: int) -> None:
        """From a thread, also while code in C keeps :meth:`handle_exit` from running: the time to stop begins now."""
        self.interrupted, self.ordered = sig == signal.SIGINT, True
        self._on_stopping()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order; a second Ctrl-C stops at once. Unlike uvicorn's own, the signal is not raised again after."""
        self.told(sig)
        self.force_exit = self.should_exit and self.interrupted
        self.should_exit = True
