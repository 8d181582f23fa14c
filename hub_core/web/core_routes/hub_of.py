"""How the core's own routes reach the hub."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection
from hub_hookspecs.host import SCOPE_KEY

from ...runtime import Hub
from ..audit import KEY, Audited
from ..call import WebCall


async def _call(connection: HTTPConnection) -> WebCall:
    call: WebCall = connection.scope[SCOPE_KEY]
    return call


async def _hub(connection: HTTPConnection) -> Hub:
    call: WebCall = connection.scope[SCOPE_KEY]
    return call.hub


async def _audited(connection: HTTPConnection) -> Audited:
    audited: Audited = connection.scope[KEY]
    return audited


CurrentAudited = Annotated[Audited, Depends(_audited)]
CurrentCall = Annotated[WebCall, Depends(_call)]
CurrentHub = Annotated[Hub, Depends(_hub)]
