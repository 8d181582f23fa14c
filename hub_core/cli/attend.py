"""``hub attend``, not for people: see an operation through that was asked for over HTTP, whatever becomes of who was asked.

The process that serves starts it and is replaced, killed or busy; this one goes on by itself. It waits for its turn, runs the
command, ends it when somebody cancels, brings what it left to an end, and writes down how it ended. When it is killed itself,
whoever asks next starts another one, which does the rest.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..error_text import reason_line
from ..errors import HubError
from ..settings import HubSettings, read_settings
from .launching import PROGRAM, REQUEST

if TYPE_CHECKING:
    from ..operations.attended import Attended
    from ..registry import OperationRow, RequestRow

_LOOK_SECONDS: Final = 0.1
_MOST_TRIES: Final = 120


class OperationDied(HubError):
    """The command of an operation ended without an answer."""

    code = "operation_died"

    def __init__(self, how: str, log: Path) -> None:
        super().__init__(
            "the command ended without an answer; what it had begun is undone, or finished where it was committed",
            cause=how,
            remedy=f"What it said stands in {log}; ask for it again",
        )


def command() -> int:
    """See an operation through that was asked for over HTTP; not for people."""
    if os.fork():  # who was asked waits for this process, and not for the one that stays
        return 0
    from ..database import connect, parse_url
    from ..operations import attended
    from ..operations.event_file import EventFile
    from ..registry import found_request

    settings = read_settings(Path.cwd())
    operation, _, lock = os.environ.pop(attended.VARIABLE, "").partition(" ")
    at = attended.Attended(EventFile.of(settings, operation))
    if not lock.isdecimal() or not at.file.is_here:
        return 1
    os.set_inheritable(int(lock), False)
    with connect(parse_url(settings.effective_database_url), read_only=True) as connection:
        request = found_request(connection, operation)
    if request is None:
        return 1
    _Attending(settings, at, request, int(lock)).see_through()
    return 0


class _Attending:
    """One operation, from its turn to its end."""

    def __init__(self, settings: HubSettings, at: "Attended", request: "RequestRow", lock: int) -> None:
        from ..operations.operation_events import OperationEvents

        self._settings, self._at, self._request, self._lock = settings, at, request, lock
        self._events = OperationEvents(at.file.add)

    def see_through(self) -> None:
        """Do it, or the rest of it."""
        ended: tuple[int | None, Any] = None, None
        if not any(event["kind"] == "started" for event in self._at.file.since()):
            turn = self._turn()
            if turn is not None:
                self._events.tell("started", f"hub {' '.join(self._request.command)}")
                ended = self._carried_out(turn)
        self._end(*ended)

    def _turn(self) -> int | None:
        """Wait for it; ``None`` when the operation was cancelled before."""
        from ..operations.attended import lock_or_none

        is_told = False
        while not self._at.is_cancelled:
            if (turn := lock_or_none(self._at.turn)) is not None:
                return turn
            if not is_told:
                self._events.tell("waiting", "another operation is at work here")
                is_told = True
            time.sleep(_LOOK_SECONDS)
        return None

    def _carried_out(self, turn: int) -> tuple[int, Any]:
        """The exit code of the command, and what it printed."""
        request = self._request
        asked = {"id": request.id, "principal": request.principal, "address": request.address}
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(  # noqa: S603 - the hub's own, with words that were checked
                [sys.executable, "-P", "-c", PROGRAM, *request.command],
                env={**os.environ, REQUEST: json.dumps({**asked, "file": str(self._at.file.path)})},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                pass_fds=(self._lock, turn),
            )
            is_told = False
            while process.poll() is None:
                if self._at.is_cancelled and not is_told:
                    process.send_signal(signal.SIGINT)
                    is_told = True
                time.sleep(_LOOK_SECONDS)
            printed.seek(0)
            return process.returncode, _json(printed.read())

    def _end(self, code: int | None, result: Any) -> None:
        """Write down how it ended; the database may be away for a while."""
        from sqlalchemy.exc import SQLAlchemyError

        for left in reversed(range(_MOST_TRIES)):
            try:
                outcome = self._ended(code, result)
            except (HubError, SQLAlchemyError):
                if not left:
                    raise
                time.sleep(1)
            else:
                self._events.end(outcome)
                return

    def _ended(self, code: int | None, result: Any) -> str:
        from ..database import connect, parse_url
        from ..registry import begun_attempt, end_request, note_attempt

        problem = self._failure()
        if (journaled := self._journaled()) is not None and journaled.finished_at is None:
            problem = self._settled() or problem
            journaled = self._journaled()
        is_done = code == 0 and not (isinstance(result, dict) and result.get("operation", 0) is None)
        outcome = _outcome(code, journaled, self._at.is_cancelled, is_refused=problem is not None, is_done=is_done)
        if outcome in ("failed", "undone") and problem is None:
            how = "its process was killed" if code is None or code < 0 else f"it ended with exit code {code}"
            problem = _told(OperationDied(how, self._at.file.log))
        with connect(parse_url(self._settings.effective_database_url)) as connection:
            attempt = begun_attempt(connection, self._request.id)
            is_first = end_request(connection, self._request.id, outcome=outcome, problem=problem, result=result)
            if is_first and attempt is not None and journaled is None:
                code, why = (problem["code"], _reason(problem)) if problem else (None, None)
                note_attempt(connection, attempt, outcome, code=code, reason=why)
            connection.commit()
        return outcome

    def _settled(self) -> Mapping[str, Any] | None:
        """Bring to an end what the command left; why that is not possible now."""
        from ..operations.recovery import EnvironmentSwitched, settle

        try:
            settle(self._settings)
        except EnvironmentSwitched:
            return None
        except HubError as error:
            return _told(error)
        return None

    def _journaled(self) -> "OperationRow | None":
        from ..database import connect, parse_url
        from ..registry import operations

        with connect(parse_url(self._settings.effective_database_url), read_only=True) as connection:
            return next(iter(operations(connection, ids=[self._request.id])), None)

    def _failure(self) -> Mapping[str, Any] | None:
        """What the command said of it."""
        told = [event["detail"] for event in self._at.file.since() if event["kind"] == "failed"]
        return told[-1] if told else None


def _outcome(
    code: int | None, journaled: "OperationRow | None", is_cancelled: bool, *, is_refused: bool, is_done: bool
) -> str:
    """In one word: the journal's, where the operation came so far; a command that changes no module is not in it."""
    if journaled is not None:
        is_kept = journaled.outcome in ("done", "partly", "committed")
        return "cancelled" if is_cancelled and not is_kept else journaled.outcome or "failed"
    if code == 0:
        return "done" if is_done else "nothing_to_do"
    return "cancelled" if is_cancelled else "refused" if is_refused else "failed"


def _told(error: HubError) -> Mapping[str, Any]:
    return {"code": error.code, "problem": error.problem, "cause": error.cause, "remedy": error.remedy}


def _reason(problem: Mapping[str, Any]) -> str:
    return reason_line(problem["problem"], problem["cause"])


def _json(printed: bytes) -> Any:
    try:
        return json.loads(printed)
    except ValueError:
        return None
