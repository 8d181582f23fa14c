"""The outermost layer: request id, the transaction's end, the last word on bugs, and one log line per request.

The commit happens when the response starts, before its first byte leaves. So a caller never reads a success that was not
stored: FastAPI alone would answer first and commit after (or never notice, since a handled HTTPException *returns*).
"""

import asyncio
import logging
import time
from typing import Any

from hub_hookspecs.host import SCOPE_KEY, current_call
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from ..containment import is_contained
from ..database import CommitFailed
from ..runtime import Hub, last
from .call import CORE, WebCall
from .problems import bug_response, commit_failed_response, overtaken_response
from .templates import Templates

log = logging.getLogger(__name__)
requests = logging.getLogger("hub_core.web.requests")


class Entrance:
    """Pure ASGI around the core application."""

    def __init__(self, app: ASGIApp, hub: Hub, templates: Templates) -> None:
        self._app, self._hub, self._templates = app, hub, templates
        self._logs_requests = hub.settings.log_requests
        self._flying = hub.meters[CORE]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await last(self._app(scope, receive, send), "the life of the hub")
            return
        call = WebCall(self._hub, self._templates, scope)
        scope[SCOPE_KEY] = call
        token = current_call.set(call)
        exchange = _Exchange(call, receive, send)
        task, started = asyncio.current_task(), time.perf_counter()
        self._flying.in_flight += 1
        try:
            await self._app(scope, receive, exchange.send)
            if scope["type"] == "websocket":
                await exchange.settle(commit=True)
        except (WebSocketDisconnect, ClientDisconnect):
            await exchange.settle(commit=False)  # the client went away in the middle: no bug, and nobody to answer
        except BaseException as error:
            if not (is_contained(error) or self._is_of_a_module(error, scope, task)):
                raise
            await exchange.fail(error)
        finally:
            if call.open_session is not None:
                await call.open_session.close()
            seconds = time.perf_counter() - started
            self._flying.in_flight -= 1
            meter = self._hub.meters[call.module]
            meter.add(exchange.status, seconds)
            meter.bugs += exchange.is_bug
            if self._logs_requests:
                _log_request(scope, exchange.status, seconds)
            current_call.reset(token)
            del scope[SCOPE_KEY]  # a circle with the call, which only the garbage collector could undo

    def _is_of_a_module(self, error: BaseException, scope: Scope, task: asyncio.Task[Any] | None) -> bool:
        """Whether a module raised or sent what otherwise ends a task or a generator from outside."""
        if task is None or _current_task() is not task:
            return False  # this coroutine is closed without being run
        if isinstance(error, asyncio.CancelledError) and scope["type"] == "http":
            is_server = self._hub.cancels_requests()
            while not is_server and task.uncancel():
                pass  # what answers the bug is not cancelled any more
            return not is_server
        return isinstance(error, GeneratorExit)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # the event loop has ended
        return None


class _Exchange:
    """The answer to one request on its way out."""

    __slots__ = ("_call", "_closed", "_receive", "_replaced", "_send", "_started", "is_bug", "status")

    def __init__(self, call: WebCall, receive: Receive, send: Send) -> None:
        self._call, self._receive, self._send = call, receive, send
        self._started = self._replaced = self._closed = False
        self.status = 0
        self.is_bug = False

    async def send(self, message: Message) -> None:
        """Pass a message on; before the first one of a response, end the transaction."""
        if message["type"] == "http.response.start":
            if self._call.open_session is not None and not await self._settled(message["status"]):
                return
            self._start(message)
        elif self._replaced:
            return
        elif message["type"] == "websocket.close":
            self._closed = True
        await self._send(message)

    async def settle(self, *, commit: bool) -> None:
        """End the transaction, if there is one."""
        session = self._call.open_session
        if session is not None:
            await (session.commit() if commit else session.rollback())

    async def fail(self, error: BaseException) -> None:
        """Answer a bug, and keep its traceback in the log.

        What the database refuses while its tables are changed, or were changed for the process that follows, is none.
        """
        is_http = self._call.scope["type"] == "http"
        if is_http and not self._started and isinstance(error, DBAPIError) and await self._call.hub.is_overtaken():
            log.info("%s met tables that are being changed: %s", self._call.module, type(error).__name__)
            await self.settle(commit=False)
            await overtaken_response(self._call)(self._call.scope, self._receive, self._pass_on)
            return
        self.is_bug = True
        log.error("a request ended in a bug: %s", type(error).__name__, exc_info=error)
        if self._call.scope["type"] == "websocket":
            if not self._closed:
                await self._send({"type": "websocket.close", "code": 1011})
        elif not self._started:
            await self.settle(commit=False)
            await bug_response(self._call)(self._call.scope, self._receive, self._pass_on)

    async def _settled(self, status: int) -> bool:
        try:
            await self.settle(commit=status < 400)
        except CommitFailed as error:
            log.error("a commit failed; the answer is an error instead of %s", status, exc_info=error)
            self._replaced = True
            response = commit_failed_response(self._call, error.__cause__ or error)
            await response(self._call.scope, self._receive, self._pass_on)
            return False
        return True

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start(message)
        await self._send(message)

    def _start(self, message: Message) -> None:
        self._started, self.status = True, message["status"]
        message["headers"] = [
            *message.get("headers", ()),
            (b"x-request-id", self._call.request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    requests.info(
        "request",
        extra={
            "method": scope.get("method", "WS"),
            "path": scope["path"],
            "status": status,
            "ms": round(seconds * 1000, 1),
        },
    )
