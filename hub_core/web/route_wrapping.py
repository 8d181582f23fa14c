"""Call the modules that wrap a route around it, each within its limit and on its own account.

A wrapper runs behind the guard of the route, in its transaction. Of several the one that was loaded last is outermost. When one
fails, a request that only reads is answered without it. One that changes something is undone: the wrapper may have been there
to see to that change, and what it wrote cannot be told from what the route wrote.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from hub_hookspecs import Problem, RouteOverride
from hub_hookspecs.host import SCOPE_KEY, current_call
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from ..containment import is_contained
from ..runtime import Hub, LiveModule, ModuleStarting
from .call import WebCall
from .problems import exception_handlers, problem_response
from .wrapper_call import WrapperCall

log = logging.getLogger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_SAFE: Final = ("GET", "HEAD")


class RouteWrapping:
    """All that wraps one route, innermost first."""

    def __init__(self, hub: Hub, route: str, wrappers: Sequence[LiveModule]) -> None:
        self._hub, self._route, self._wrappers = hub, route, tuple(wrappers)

    def around(self, handler: Handler) -> Handler:
        """What answers in place of ``handler``."""

        async def wrapped(request: Request) -> Response:
            wrappers = [live for live in self._wrappers if await self._is_up(live)]
            return await self._answer(request, wrappers, handler)

        return wrapped

    async def _is_up(self, live: LiveModule) -> bool:
        if not live.is_up:
            with suppress(ModuleStarting):
                await self._hub.first_use.need(live)
        return live.is_up

    async def _answer(self, request: Request, wrappers: Sequence[LiveModule], handler: Handler) -> Response:
        """The answer through all of ``wrappers``, the last of which is outermost."""
        if not wrappers:
            return await handler(request)
        *inner, live = wrappers
        course = _Course(request, live, lambda: self._answer(request, inner, handler))
        token = current_call.set(course.call)
        try:
            response = await course.run(live.loaded.overrides[self._route], self._hub.settings.override_seconds)
            live.override_failure = ""
            return response
        except BaseException as error:
            if error is course.raised or not is_contained(error):
                raise
            if isinstance(error, Problem | HTTPException):
                return await course.refused(error)
            self._note(live, error)
        finally:
            current_call.reset(token)
        return await self._without(course, request)

    def _note(self, live: LiveModule, error: BaseException) -> None:
        live.override_failure = f"its override of {self._route} failed ({type(error).__name__})"
        self._hub.meters[live.name].bugs += 1
        log.error("%s: its override of %s failed", live.name, self._route, exc_info=error)

    async def _without(self, course: "_Course", request: Request) -> Response:
        if course.raised is not None:
            raise course.raised
        call: WebCall = request.scope[SCOPE_KEY]
        if request.method not in _SAFE:
            detail = f"{course.call.module} wraps this route and failed; nothing was changed. The log has it under the request id"
            return problem_response(call, 500, "route_override_failed", detail)
        # What the wrapper wrote, or tried to: every other statement would fail behind it.
        if call.open_session is not None:
            await call.open_session.rollback()
        return course.answer if course.answer is not None else await course.proceed()


class _Course:
    """One wrapper around one request: what came out of the route behind it, and the time that is the wrapper's own."""

    def __init__(
        self, request: Request, live: LiveModule, proceed: Callable[[], Coroutine[Any, Any, Response]]
    ) -> None:
        self._request, self.proceed = request, proceed
        self._of_route: WebCall = request.scope[SCOPE_KEY]
        self.call = WrapperCall(self._of_route, live)
        self._own = Request({**request.scope, SCOPE_KEY: self.call}, self._receive)
        self._is_called = False
        self.answer: Response | None = None
        self.raised: BaseException | None = None

    async def run(self, override: RouteOverride, seconds: float) -> Response:
        """What the wrapper answers. What the route raised, it cannot keep back."""
        async with asyncio.timeout(seconds) as limit:
            response = await override.wrap(self._own, lambda: self._call_next(limit))
            await self._flush()
        if self.raised is not None:
            raise self.raised
        if not isinstance(response, Response):
            raise TypeError(f"a wrapper answers with a Response, not with {type(response).__name__}")
        return response

    async def _flush(self) -> None:
        """Send what the session holds to the database now, so that it is known whose it was when that refuses it."""
        if self._of_route.open_session is not None:
            await self._of_route.open_session.flush()

    async def refused(self, error: Problem | HTTPException) -> Response:
        """The answer to what the wrapper raised on purpose, in its own module's name."""
        handlers = exception_handlers()
        handler = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
        response: Response = await handler(self._own, error)  # type: ignore[misc, arg-type]
        return response

    async def _call_next(self, limit: asyncio.Timeout) -> Response:
        """Have the route answer, on its own account; the clock of the wrapper stands still meanwhile."""
        if self._is_called:
            raise RuntimeError("call_next was called twice, and a route answers once")
        self._is_called = True
        clock, until = asyncio.get_running_loop().time, limit.when()
        left = until - clock() if until is not None else 0.0
        limit.reschedule(None)
        token = current_call.set(self._of_route)
        try:
            self.answer = await self.proceed()
            await self._flush()
            return self.answer
        except BaseException as error:
            self.raised = error
            raise
        finally:
            current_call.reset(token)
            if until is not None:
                limit.reschedule(clock() + left)

    async def _receive(self) -> Message:
        """The body, which the route reads as well."""
        return {"type": "http.request", "body": await self._request.body(), "more_body": False}
