"""Run one hub on a socket until it is told to stop."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from ..database import Database, parse_url
from ..errors import HubError
from ..operations.standing import Standing
from ..runtime import Hub
from ..settings import HubSettings
from ..web import application


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


def free_socket(host: str, port: int) -> socket.socket:
    """Open the listening socket first of all, so that a taken port is told before anything is changed.

    :raises AddressInUse: naming address and cause.
    """
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
    """uvicorn around one hub: says when it is ready, drains on SIGINT and SIGTERM, and ends within the limit."""

    def __init__(self, settings: HubSettings, standing: Standing, listening: socket.socket) -> None:
        self._settings, self._listening = settings, listening
        self.hub = Hub(settings, Database(parse_url(settings.effective_database_url)), standing)
        self.on_ready: Callable[[str], None] = lambda address: None
        config = uvicorn.Config(
            application(self.hub),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=round(settings.stop_seconds),
        )
        self._server = _Announcing(config, self._ready, self._stopping)

    def run(self) -> int:
        """Serve until a signal, drain, and answer the exit code: 0 after SIGTERM, 130 after Ctrl-C."""
        asyncio.run(self._server.serve(sockets=[self._listening]))
        return 130 if self._server.interrupted else 0

    def _ready(self) -> None:
        host, port = self._listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.on_ready(f"http://{shown}:{port}")

    def _stopping(self) -> None:
        self.hub.draining = True


class _Announcing(uvicorn.Server):
    """uvicorn's server that tells when it accepts connections and when it was asked to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready, self._on_stopping = ready, stopping
        self.interrupted = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in order; a second Ctrl-C stops at once. Unlike uvicorn's own, the signal is not raised again after."""
        self._on_stopping()
        self.interrupted = sig == signal.SIGINT
        self.force_exit = self.should_exit and self.interrupted
        self.should_exit = True
