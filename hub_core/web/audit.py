"""Every attempt at the management of modules by somebody known leaves a row in the audit log, whatever it was answered with.

Who is refused is written down as well. Who is nobody is not: strangers would fill the log.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub_hookspecs import ANONYMOUS, uuid7
from hub_hookspecs.host import SCOPE_KEY
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import HubError
from ..operations.backups.archive_writing import WHOLE
from ..registry import Attempt, note_attempt
from ..runtime import Hub
from .call import WebCall
from .patient_writing import written

log = logging.getLogger(__name__)

KEY: Final = "hub.audited"
_OF_MODULE: Final = re.compile(
    r"/api/v1/modules/(?P<module>[^/]{1,200})/(?P<action>install|uninstall|enable|disable|upgrade|downgrade|rollback|move|backup|restore"
    r"|validate|schema|migrations)"
)
_OF_HUB: Final = re.compile(r"/api/v1/hub/(?P<action>backup|restore|backups)")
_OF_OPERATION: Final = re.compile(r"/api/v1/hub/operations/(?P<id>[^/]{1,64})/(?P<action>cancel)")


@dataclass(slots=True)
class Audited:
    """What is written down of one request; its route says more. ``is_written`` where it has done so itself."""

    action: str
    id: str = field(default_factory=lambda: uuid7().hex)
    module: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = "answered"
    is_written: bool = False

    def attempt(self, call: WebCall) -> Attempt:
        """As the log keeps it."""
        return Attempt(
            id=self.id,
            action=self.action,
            actor=call.principal.id,
            channel="http",
            address=address(call.scope),
            modules=[self.module] if self.module else [],
            options=self.options,
        )


def address(scope: Scope) -> str | None:
    """Where the request came from, as the server has it."""
    client = scope.get("client")
    return str(client[0]) if client else None


class Audit:
    """Pure ASGI around the core's own routes. The row is there before the answer leaves."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app, self._hub = app, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: WebCall | None = scope.get(SCOPE_KEY)
        audited = _audited(call) if call is not None and scope["type"] == "http" else None
        if call is None or audited is None:
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                if not audited.is_written and call.principal is not ANONYMOUS:
                    await self._write(call, audited, start["status"], message.get("body", b""))
                await send(start)
                start = None
            await send(message)

        await self._app({**scope, KEY: audited}, receive, sending)

    async def _write(self, call: WebCall, audited: Audited, status: int, body: bytes) -> None:
        code = reason = None
        if status >= 400:
            audited.outcome = "refused"
            code, reason = _problem(body)
        attempt = audited.attempt(call)
        try:
            await written(
                self._hub,
                lambda connection: note_attempt(connection, attempt, audited.outcome, code=code, reason=reason),
            )
        except (HubError, SQLAlchemyError) as error:
            log.error("an attempt was not written down: %s of %s by %s", audited.action, audited.module, attempt.actor)
            log.debug("because of", exc_info=error)


def _audited(call: WebCall) -> Audited | None:
    if found := _OF_MODULE.fullmatch(call.path):
        return Audited(found["action"], module=found["module"])
    if found := _OF_HUB.fullmatch(call.path):
        return Audited(found["action"], module=WHOLE)
    if found := _OF_OPERATION.fullmatch(call.path):
        return Audited(found["action"], id=found["id"][:32])
    return None


def _problem(body: bytes) -> tuple[str | None, str | None]:
    try:
        problem = json.loads(body)
        return problem["code"], problem["detail"]
    except (ValueError, KeyError, TypeError):
        return None, None
