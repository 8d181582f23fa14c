"""The dispatcher: one route of the core application that finds the module by a dictionary look-up on the path.

Its cost does not grow with the number of modules, and no router is changed while requests run.
"""

from collections.abc import Collection, Mapping
from typing import NoReturn

from hub_hookspecs.host import SCOPE_KEY
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from .call import WebCall
from .module_application import ModuleFace
from .problems import problem_response

API = "/api/v1/"


class DispatchRoute(BaseRoute):
    """Matches every path that belongs to a known module: ``/api/v1/[<area>/]<module>/…`` and ``/[<area>/]<module>/…``."""

    def __init__(self, faces: Mapping[str, ModuleFace], absent: Collection[str], areas: Collection[str]) -> None:
        self._faces, self._absent, self._areas = faces, frozenset(absent), frozenset(areas)

    def module_of(self, path: str) -> str:
        """The module a path would belong to; whether there is one of that name is another question."""
        rest = path[len(API) :] if path.startswith(API) else path[1:]
        first, _, behind = rest.partition("/")
        return behind.partition("/")[0] if first in self._areas else first

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match by look-up; the module is handed on in the scope."""
        if scope["type"] not in ("http", "websocket"):
            return Match.NONE, {}
        name = self.module_of(scope[SCOPE_KEY].path)
        if name in self._faces or name in self._absent:
            return Match.FULL, {"hub.module": name}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the module answer; say 503 for one that is enabled but could not be brought up."""
        face = self._faces.get(scope["hub.module"])
        call: WebCall = scope[SCOPE_KEY]
        if face is not None and face.live.failure is None:
            call.live = face.live
            await face(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
        else:
            name = scope["hub.module"]
            text = f"The module {name} is enabled but could not be started; its operator sees why in `hub list`"
            await problem_response(call, 503, "module_failed", text)(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> NoReturn:
        """Routes of modules are not known by name outside their module."""
        raise NoMatchFound(name, path_params)
