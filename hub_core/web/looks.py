"""What a command of the hub says that only looks: in a process of its own, since it reads the disk and asks modules."""

import asyncio
import json
import logging
import os
import signal
import sys
import tempfile
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
_ENDS_WELL: Final = (0, 1)
"""1 is the answer no."""
_TIMED_OUT: Final[Mapping[str, Any]] = {
    "code": "look_timed_out",
    "problem": "the look took too long and was ended; nothing was changed",
    "remedy": "Try again",
}
_STATUS: Final[Mapping[str, int]] = {
    "module_unknown": 404,
    "package_not_found": 404,
    "name_invalid": 422,
    "target_invalid": 422,
    "database_unreachable": 503,
    "database_gone": 503,
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
            try:
                return await _looked(hub, words, told)
            except TimeoutError:
                return Look(failure=_TIMED_OUT)


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
    try:
        async with asyncio.timeout(_SECONDS):
            printed, said = await process.communicate()
    except BaseException:  # its time is over, or nobody waits any more
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise
    failures = [event["detail"] for event in told.since() if event["kind"] == "failed"]
    if process.returncode in _ENDS_WELL:
        if failures:
            return Look(failure=failures[-1])
        with suppress(ValueError):
            return Look(value=json.loads(printed))
    raise LookFailed(f"hub {' '.join(words)} ended with {process.returncode}: {said.decode(errors='replace')[-2000:]}")


def failure_response(call: WebCall, failure: Mapping[str, Any]) -> Response:
    """An expected failure of a command as problem details, with its cause and remedy."""
    code = str(failure["code"])
    facts = {"cause": failure.get("cause"), "remedy": failure.get("remedy")}
    return problem_response(call, _STATUS.get(code, 409), code, str(failure["problem"]), facts=facts)
