"""What a command of the hub says that only looks: in a process of its own, since it reads the disk and asks modules."""

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.responses import Response

from ..operations.attended import PROGRAM
from ..operations.event_file import EventFile
from ..runtime import Hub
from .call import WebCall
from .problems import problem_response

log = logging.getLogger(__name__)

_SECONDS: Final = 300.0
_PAUSE_SECONDS: Final = 0.1
_ENDS_WELL: Final = (0, 1)
"""1 is the answer no."""
_TIMED_OUT: Final[Mapping[str, Any]] = {
    "code": "look_timed_out",
    "problem": "the look took too long and was ended; nothing was changed",
    "remedy": "Try again",
}
_REPLACED: Final[Mapping[str, Any]] = {
    "code": "hub_replaced",
    "problem": "the process that was asked is being replaced; nothing was changed",
    "remedy": "Ask again",
}
_STATUS: Final[Mapping[str, int]] = {
    "module_unknown": 404,
    "nothing_installed": 404,
    "package_not_found": 404,
    "name_invalid": 422,
    "target_invalid": 422,
    "database_unreachable": 503,
    "database_gone": 503,
    "hub_replaced": 503,
    "look_timed_out": 503,
}
"""All others are conflicts with how things are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What it printed as JSON; or ``failure``: code, problem, cause and remedy of what kept it from that."""

    value: Any = None
    failure: Mapping[str, Any] | None = None


class LookFailed(Exception):
    """A bug: the command ended in a way that none may."""


async def look(hub: Hub, words: Sequence[str]) -> Look:
    """Run ``hub`` with ``words`` and ``--json``; few of these run at a time, for five minutes at most."""
    async with hub.looks:
        with tempfile.TemporaryDirectory(prefix="hub-look-") as folder:
            told = EventFile(Path(folder) / "events.jsonl")
            told.make()
            return await _looked(hub, words, told)


async def _looked(hub: Hub, words: Sequence[str], told: EventFile) -> Look:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", PROGRAM, *words, "--json",
        cwd=hub.settings.folder,
        env={
            **hub.variables,
            "HUB_REQUEST": json.dumps({"file": str(told.path)}),
            "HUB_STATE_DIR": str(hub.settings.state_folder),
            "HUB_DATABASE_URL": hub.settings.effective_database_url,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    talking, time_over = asyncio.ensure_future(process.communicate()), asyncio.ensure_future(_time_over(hub))
    try:
        await asyncio.wait((talking, time_over), return_when=asyncio.FIRST_COMPLETED)
        if not talking.done():
            return Look(failure=time_over.result())
        printed, said = talking.result()
    finally:
        time_over.cancel()
        if process.returncode is None:  # its time is over, or nobody waits any more
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.wait((talking,))
    failures = [event["detail"] for event in told.since() if event["kind"] == "failed"]
    if process.returncode in _ENDS_WELL:
        if failures:
            return Look(failure=failures[-1])
        with suppress(ValueError):
            return Look(value=json.loads(printed))
    raise LookFailed(f"hub {' '.join(words)} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")


async def _time_over(hub: Hub) -> Mapping[str, Any]:
    """Wait until a look has to end, and answer why: the process is about to be replaced, and ends its requests, or it took too long."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        await asyncio.sleep(_PAUSE_SECONDS)
        if hub.draining:
            await asyncio.sleep(hub.settings.stop_seconds / 2)
            return _REPLACED
    return _TIMED_OUT


def failure_response(call: WebCall, failure: Mapping[str, Any]) -> Response:
    """An expected failure of a command as problem details, with its cause and remedy."""
    code = str(failure["code"])
    facts = {"cause": failure.get("cause"), "remedy": failure.get("remedy")}
    status = _STATUS.get(code, 409)
    headers = {"Retry-After": "1"} if status == 503 else None
    return problem_response(call, status, code, str(failure["problem"]), headers=headers, facts=facts)
