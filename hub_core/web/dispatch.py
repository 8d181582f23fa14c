"""The dispatcher: finds the module of a request by a dictionary look-up on the path, before any pattern is tried.

Its cost does not grow with the number of modules, and no router is changed while requests run.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from hub_hookspecs.host import SCOPE_KEY
from starlette.types import ASGIApp, Receive, Scope, Send

from ..runtime import Hub, LiveModule, ModuleStarting
from .call import WebCall
from .module_application import ModuleFace
from .problems import problem_response

API = "/api/v1/"
_RETRY_AFTER: Final = "5"
_FAILED: Final = ("module_failed", "could not be brought up; its operator sees why in `hub list`")
_STARTING: Final = ("module_starting", "is being brought up")
_CHANGED: Final = ("module_changed", "was changed on disk; its operator sees more in `hub list`")
_ABSENT: Final[Mapping[str, tuple[str, str]]] = {
    "quarantined": ("module_quarantined", "is quarantined; its operator sees why in `hub list`"),
    "safe mode": ("safe_mode", "does not run, because the hub is in safe mode"),
}
"""What is said of modules that are not here, by their condition."""


class Dispatcher:
    """Stands before the core application: a module's path goes to the module, every other path to ``core``.

    A module's paths are ``/api/v1/[<area>/]<module>/…`` and ``/[<area>/]<module>/…``. ``absent`` names modules that are
    enabled and not here, each with its condition. No module can shadow a core path: none may bear the first segment of one.
    """

    def __init__(self, core: ASGIApp, hub: Hub, faces: Mapping[str, ModuleFace], absent: Mapping[str, str]) -> None:
        self._core, self._hub, self._faces = core, hub, faces
        self._absent, self._areas = absent, frozenset(hub.settings.areas)

    def module_of(self, path: str) -> str:
        """The module a path would belong to; whether there is one of that name is another question."""
        rest = path[len(API) :] if path.startswith(API) else path[1:]
        first, _, behind = rest.partition("/")
        return behind.partition("/")[0] if first in self._areas else first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: WebCall | None = scope.get(SCOPE_KEY)
        if call is None:  # lifespan
            await self._core(scope, receive, send)
            return
        name = self.module_of(call.path)
        face = self._faces.get(name)
        if face is None and name not in self._absent:
            await self._core(scope, receive, send)
        elif face is not None and (face.live.is_up or await self._comes_up(face.live)):
            call.live = face.live
            meter, note = self._hub.meters[name], face.live.note
            meter.in_flight += 1
            note.requests(meter.in_flight)
            try:
                await face.application(scope, receive, send)
            finally:
                meter.in_flight -= 1
                note.requests(meter.in_flight)
        elif face is None:
            await _unavailable(name, _ABSENT.get(self._absent[name], _FAILED), call, scope, receive, send)
        else:
            await _unavailable(name, _why(face.live), call, scope, receive, send)

    async def _comes_up(self, live: LiveModule) -> bool:
        """Bring a module up for its first request; whether it is up then."""
        with suppress(ModuleStarting):
            await self._hub.first_use.need(live)
        return live.is_up


def _why(live: LiveModule) -> tuple[str, str]:
    """Code and words for a module that is here and not up."""
    if live.failure is None:
        return _STARTING
    return _CHANGED if live.failure.phase == "changed" else _FAILED


async def _unavailable(
    name: str, why: tuple[str, str], call: WebCall, scope: Scope, receive: Receive, send: Send
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": ""})
        return
    code, text = why
    headers = {"Retry-After": _RETRY_AFTER} if why is _STARTING else None
    response = problem_response(call, 503, code, f"The module {name} is enabled but {text}", headers=headers)
    await response(scope, receive, send)
