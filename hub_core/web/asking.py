"""Ask for an operation over HTTP: it is written down, started in a process of its own, and has an address from then on.

The process that serves carries nothing out itself: it is replaced by the change, it imports no module for it, and an
installation goes on in another environment. What is written down is committed before the answer leaves.
"""

import asyncio
import hashlib
import json
import socket
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Header, Query
from fastapi.requests import HTTPConnection
from hub_hookspecs import uuid7
from hub_hookspecs.host import SCOPE_KEY
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from ..operations.attended import Attended
from ..operations.backups.archive_writing import SEVERAL, WHOLE
from ..operations.backups.listing import kept_files
from ..operations.event_file import EventFile
from ..operations.operation_events import OperationEvent
from ..registry import Attempt, RequestRow, keyed_request, note_attempt, recorded, store_request
from .audit import KEY, Audited, address
from .call import WebCall
from .looks import failure_response, look
from .operation_options import YES, Options, RestoreOptions
from .patient_writing import written
from .problems import problem_response

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {"rollback": ("downgrade",)}
"""The command of each operation that is not called as it is."""
OPERATIONS: Final = "/api/v1/hub/operations"
BACKUPS: Final = "/api/v1/hub/backups"


class Asking:
    """One request for an operation, with what all of them may say: ``?dry_run=true`` and ``Idempotency-Key``."""

    def __init__(
        self,
        connection: HTTPConnection,
        dry_run: Annotated[bool, Query(description="Answer what it would do, and change nothing.")] = False,
        idempotency_key: Annotated[
            str | None,
            Header(
                pattern=r"^[\x21-\x7e]{1,255}$",
                description="The same request with the same key again is the same operation, for 24 hours.",
            ),
        ] = None,
    ) -> None:
        call: WebCall = connection.scope[SCOPE_KEY]
        audited: Audited = connection.scope[KEY]
        self._call, self._audited = call, audited
        self._dry_run, self._key = dry_run, idempotency_key

    async def answer(self, name: str, options: Options) -> Response:
        """Start it, or answer what it would do."""
        action = self._audited.action
        self._told(options)
        words = (*COMMANDS.get(action, (action,)), *options.words(name))
        if (again := await self._again(name)) is not None:
            return again
        if action != "install" and not await self._is_known(name):
            return self._unknown(name)
        if self._dry_run:
            self._audited.outcome = "previewed"
            return await self.looked(*words, "--dry-run")
        return await self._asked(name, (*words, *YES), digest=self._digest(name))

    async def backed_up(self, name: str | None, options: Options) -> Response:
        """Start a backup of a module or the whole hub; what it would do needs no command to say."""
        self._told(options)
        if (again := await self._again(name)) is not None:
            return again
        if name is not None and not await self._is_known(name):
            return self._unknown(name)
        if self._dry_run:
            return self._step("backup", name or WHOLE, f"archive {name or 'the whole hub'}")
        words = ("backup", "create", *([name] if name else []), "--json")
        return await self._asked(name or WHOLE, words, digest=self._digest(name))

    async def restored(self, name: str | None, options: RestoreOptions) -> Response:
        """Start a restore of a module or of all that is in the file, or answer what it would do."""
        self._told(options)
        if (again := await self._again(name)) is not None:
            return again
        kept = await asyncio.to_thread(kept_files, self._call.hub.settings)
        found = next((each for each in kept if each.path.name == options.file), None)
        if found is None:
            text = f"there is no backup and no archive {options.file!r}; GET {BACKUPS} names those there are"
            return problem_response(self._call, 404, "not_found", text)
        words = ("restore", str(found.path), *(["--module", name] if name else []))
        of = name or (WHOLE if found.of == SEVERAL else found.of)
        self._audited.module = of
        if self._dry_run:
            self._audited.outcome = "previewed"
            return await self.looked(*words, "--dry-run")
        return await self._asked(of, (*words, *YES), digest=self._digest(name))

    def _told(self, options: Options) -> None:
        self._audited.options = {**options.model_dump(mode="json", exclude_unset=True), "dry_run": self._dry_run}

    def _unknown(self, name: str) -> Response:
        text = f"no module {name!r} is installed or recorded"
        return problem_response(self._call, 404, "module_unknown", text)

    def _step(self, kind: str, module: str, text: str) -> Response:
        """The preview of an operation of one step, in the form of a command's."""
        self._audited.outcome = "previewed"
        return JSONResponse({"packages": [], "steps": [{"kind": kind, "module": module, "text": text, "impact": []}]})

    async def looked(self, *words: str) -> Response:
        """What a command says that only looks."""
        found = await look(self._call.hub, words)
        return JSONResponse(found.value) if found.failure is None else failure_response(self._call, found.failure)

    async def _is_known(self, name: str) -> bool:
        if any(line.name == name for line in self._call.hub.listing()):
            return True
        async with self._call.hub.database.reading.connect() as connection:
            return name in await connection.run_sync(recorded)

    def _digest(self, name: str | None) -> str:
        """What makes two requests the same."""
        asked = [self._audited.action, name, self._audited.options]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    async def _again(self, name: str | None) -> Response | None:
        """The answer to a key that stands for a request already, whatever has become of the module or the file since."""
        if self._dry_run or self._key is None:
            return None
        principal, key = self._call.principal.id, self._key
        async with self._call.hub.database.reading.connect() as connection:
            stored = await connection.run_sync(lambda inner: keyed_request(inner, principal=principal, key=key))
        return await self._repeated(stored, self._digest(name)) if stored is not None else None

    async def _asked(self, name: str, words: tuple[str, ...], *, digest: str) -> Response:
        call, hub = self._call, self._call.hub
        request = RequestRow(
            id=uuid7().hex,
            action=self._audited.action,
            module=name,
            options=self._audited.options,
            command=words,
            principal=call.principal.id,
            address=address(call.scope),
            host=socket.gethostname(),
            digest=digest,
            key=self._key,
        )
        self._audited.id = request.id
        at = Attended(EventFile.of(hub.settings, request.id))
        try:
            await asyncio.to_thread(_begin, at.file, request)
            attempt = self._audited.attempt(call)
            stored = await written(hub, lambda connection: _stored(connection, request, attempt))
            self._audited.is_written = stored.id == request.id
        finally:
            if not self._audited.is_written:
                at.file.path.unlink(missing_ok=True)
        if stored.id != request.id:
            return await self._repeated(stored, digest)
        return await self._attended(stored)

    async def _repeated(self, stored: RequestRow, digest: str) -> Response:
        if stored.digest != digest:
            text = "This Idempotency-Key came with another request before; take a new one"
            return problem_response(self._call, 422, "idempotency_key_reused", text, facts={"operation": stored.id})
        self._audited.id, self._audited.outcome = stored.id, "repeated"
        return await self._attended(stored)

    async def _attended(self, stored: RequestRow) -> Response:
        """Where it is told how it goes, once somebody of this machine attends to it."""
        hub = self._call.hub
        at = Attended(EventFile.of(hub.settings, stored.id))
        if stored.outcome is None and at.file.is_here:
            await asyncio.to_thread(at.attend, hub.settings, hub.variables)
        return _accepted(self._call, stored)


def _begin(file: EventFile, request: RequestRow) -> None:
    file.make()
    detail: dict[str, Any] = {"action": request.action, "module": request.module, "options": dict(request.options)}
    file.add(OperationEvent(number=1, kind="asked", text=f"{request.action} {request.module}", detail=detail))


def _stored(connection: Connection, request: RequestRow, attempt: Attempt) -> RequestRow:
    stored = store_request(connection, request)
    if stored.id == request.id:
        note_attempt(connection, attempt, "asked")
    return stored


def _accepted(call: WebCall, request: RequestRow) -> Response:
    address = f"{call.scope.get('root_path', '')}{OPERATIONS}/{request.id}"
    told = {"id": request.id, "action": request.action, "module": request.module}
    links = {"address": address, "events": f"{address}/events", "cancel": f"{address}/cancel"}
    return JSONResponse({**told, **links}, 202, {"Location": address})
