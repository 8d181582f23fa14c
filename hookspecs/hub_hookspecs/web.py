"""What routes are made of: FastAPI dependencies and guards. Imported by ``routes/``, never by the contract's top level."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends
from fastapi.params import Depends as DependsMarker
from fastapi.requests import HTTPConnection
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from .host import SCOPE_KEY, Call, OutsideHub
from .values import Principal


class Guard:
    """Marks who may call a route. The hub reads it from the route and checks it before the body is read.

    An empty ``permissions`` means everyone. Called as a dependency, outside the hub, it refuses: a route is
    never open because nobody looked.
    """

    def __init__(self, permissions: tuple[str, ...]) -> None:
        self.permissions = permissions

    async def __call__(self) -> None:
        raise OutsideHub("a guarded route")

    def __repr__(self) -> str:
        return f"requires({', '.join(map(repr, self.permissions))})" if self.permissions else "public()"


def requires(*permissions: str) -> Any:
    """Guard a route, or all routes of a router, with permissions the caller must all hold.

    Use it in ``dependencies=[requires("billing.invoice.read")]``. Nobody signed in: 401; permission missing: 403;
    both before the body is read, and on WebSockets before the connection is accepted. Each permission must be
    declared in the module's manifest.
    """
    if not permissions:
        raise TypeError("requires() takes at least one permission; a route for everyone says public()")
    return Depends(Guard(permissions))


def public() -> Any:
    """Declare that everyone may call this route, also without signing in: ``dependencies=[public()]``."""
    return Depends(Guard(()))


def guard_of(dependency: DependsMarker) -> Guard | None:
    """The guard behind a dependency, or ``None`` when it is an ordinary one."""
    return dependency.dependency if isinstance(dependency.dependency, Guard) else None


def _call(connection: HTTPConnection) -> Call:
    try:
        found: Call = connection.scope[SCOPE_KEY]
    except KeyError as error:
        raise OutsideHub("a dependency of hub_hookspecs.web") from error
    return found


async def _session(connection: HTTPConnection) -> AsyncSession:
    return _call(connection).session()


async def _principal(connection: HTTPConnection) -> Principal:
    return _call(connection).principal


async def module_settings(connection: HTTPConnection) -> Any:
    """The settings of the module that serves this request: ``Annotated[Settings, Depends(module_settings)]``."""
    return _call(connection).settings


Session = Annotated[AsyncSession, Depends(_session)]
"""The session of this request. The hub commits it when the response starts with a status below 400, before the
first byte leaves, and rolls back otherwise; a commit that fails becomes the answer. It is read-only for GET and
HEAD, and for everyone once the response has started. Flush when a generated value is needed; never commit."""

CurrentPrincipal = Annotated[Principal, Depends(_principal)]
"""Who is calling."""


def page(
    connection: HTTPConnection,
    template: str,
    values: Mapping[str, Any] | None = None,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a template of this module's ``templates/`` folder.

    The template sees ``values``, ``request``, ``principal`` and ``url_for``; it may extend ``hub/page.html``, the frame
    of the hub's own pages (blocks ``title``, ``head`` and ``content``). Values are escaped.
    """
    url_for: Callable[..., Any] = connection.url_for
    context = {**(values or {}), "request": connection, "url_for": url_for}
    return HTMLResponse(_call(connection).render(template, context), status_code=status_code, headers=headers)


def with_fields(answer: Response, fields: BaseModel) -> Response:
    """Add ``fields`` to the JSON object that a wrapped route answered; what the route said itself stays byte for byte.

    :returns: ``answer``, changed in place.
    :raises ValueError: when the answer is no JSON object, or has one of the fields already.
    """
    body = bytes(getattr(answer, "body", b""))  # a stream has none
    given = json.loads(body)
    added = fields.model_dump(mode="json", by_alias=True)
    if not isinstance(given, dict):
        raise ValueError(f"fields cannot be added to an answer that is a {type(given).__name__}")
    if taken := sorted(given.keys() & added.keys()):
        raise ValueError(f"the answer has {', '.join(taken)} already")
    if added:
        more = json.dumps(added, ensure_ascii=False, separators=(",", ":")).encode()
        answer.body = body.rstrip()[:-1] + (b"," if given else b"") + more[1:]
        answer.headers["content-length"] = str(len(answer.body))
    return answer
