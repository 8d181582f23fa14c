"""The dispatcher: finds the module of a request by a dictionary look-up on the path, before any pattern is tried.

Its cost does not grow with the number of modules, and no router is changed while requests run.
"""

from collections.abc import Collection, Mapping

from hub_hookspecs.host import SCOPE_KEY
from starlette.types import ASGIApp, Receive, Scope, Send

from .call import WebCall
from .module_application import ModuleFace
from .problems import problem_response

API = "/api/v1/"


class Dispatcher:
    """Stands before the core application: a module's path goes to the module, every other path to ``core``.

    A module's paths are ``/api/v1/[<area>/]<module>/…`` and ``/[<area>/]<module>/…``. ``absent`` names modules that are
    enabled but could not be loaded. No module can shadow a core path: none may bear the first segment of one.
    """

    def __init__(
        self, core: ASGIApp, faces: Mapping[str, ModuleFace], absent: Collection[str], areas: Collection[str]
    ) -> None:
        self._core, self._faces = core, faces
        self._absent, self._areas = frozenset(absent), frozenset(areas)

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
        if face is not None and face.live.failure is None:
            call.live = face.live
            await face.application(scope, receive, send)
        elif face is not None or name in self._absent:
            await _unavailable(name, call, scope, receive, send)
        else:
            await self._core(scope, receive, send)


async def _unavailable(name: str, call: WebCall, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": ""})
        return
    text = f"The module {name} is enabled but could not be brought up; its operator sees why in `hub list`"
    await problem_response(call, 503, "module_failed", text)(scope, receive, send)
