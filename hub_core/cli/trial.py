"""Start the hub on trial in an environment: a process of its own, asked once, and ended.

It ends with the process that started it. It serves from the same database, with modules of tier core only, on a port that nobody knows; its notes and caches lie in a
folder that goes with it. A release that is older than the core's tables has an empty database there. So nothing is changed, and what is found wrong is the hub's own, or its libraries'.
"""

import http.client
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Final
from urllib.parse import SplitResult, urlsplit

from ..catalog import Reason
from ..planning import DOCUMENT_FILE, Failure
from ..settings import HubSettings
from .launching import CHOSEN, LIFELINE, PROGRAM, REQUEST
from .serving import LISTEN_FD

_ADDRESS: Final = ("--host", "127.0.0.1", "--port", "0", "--safe-mode", "--json")
_SERVE: Final = ("serve", *_ADDRESS)
_UP: Final = ("up", "--yes", *_ADDRESS)
_NOT_ITS_OWN: Final = (LISTEN_FD, REQUEST)
"""What this process was told, and not the one on trial."""
_ANSWER_SECONDS: Final = 5.0
_MOST_TOLD: Final = 400
_PENDING: Final = "failed_pending_changes"
_STAY: Final = "It needs what would leave: see what it imports, or let that stay"


def serving_fault(
    python: Path, settings: HubSettings, variables: Mapping[str, str] | None = None, *, is_behind: bool = False
) -> str | None:
    """Why the hub does not start to serve with this interpreter; ``None`` when it does.

    It has ``start_seconds`` for that, as a module has.

    :param variables: its environment variables, by default those of this process.
    :param is_behind: whether the core's tables are ahead of the release there. It is brought up with an empty database then.
    """
    environment = os.path.realpath(python.parent.parent)
    around = {name: value for name, value in (variables or os.environ).items() if name not in _NOT_ITS_OWN}
    with tempfile.TemporaryDirectory(prefix="hub-trial-") as folder, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell, and our own interpreter
                [str(python), "-P", "-c", PROGRAM, *(_UP if is_behind else _SERVE)],
                cwd=_place(folder, settings, is_behind=is_behind),
                env={
                    **around,
                    CHOSEN: environment,
                    LIFELINE: str(os.getpid()),
                    **_told(folder, settings, is_behind=is_behind),
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            return f"{python} cannot be started: {error.strerror}"
        try:
            return _fault(process, settings.start_seconds, errors)
        finally:
            _end(process, settings.stop_seconds)


def failing_there(
    python: Path, settings: HubSettings, names: Collection[str], *, is_behind: bool = False
) -> Mapping[str, Failure]:
    """Which of the modules ``names``, all well here, would not run with another interpreter: each is examined in it.

    Nothing is changed, and what is found out is not remembered.
    """
    with tempfile.TemporaryDirectory(prefix="hub-trial-") as folder:
        examined = subprocess.run(  # noqa: S603 - no shell, and our own interpreter
            [str(python), "-P", "-c", PROGRAM, "check", "--deep", "--json"],
            cwd=_place(folder, settings, is_behind=is_behind),
            env={
                **{name: value for name, value in os.environ.items() if name not in _NOT_ITS_OWN},
                CHOSEN: os.path.realpath(python.parent.parent),
                **_told(folder, settings, is_behind=is_behind),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    try:
        modules = {each["name"]: each for each in json.loads(examined.stdout)["modules"]}
    except (ValueError, KeyError):
        last = examined.stderr.strip().splitlines()[-1:]
        reason = Reason(code="failed_start", text=f"hub check does not answer there: {''.join(last)}", remedy=_STAY)
        return {name: Failure(condition="failed", reason=reason) for name in sorted(names)}
    failing = {}
    for name in sorted(names):
        found = modules.get(name)
        # a process that began to serve amid this operation has noted what is pending then
        said = (
            [reason["text"] for reason in found["reasons"] if reason["code"] != _PENDING] if found else ["is not there"]
        )
        if said:
            reason = Reason(code="failed_start", text=f"in the new environment: {said[0]}", remedy=_STAY)
            failing[name] = Failure(condition="failed", reason=reason)
    return failing


def _place(folder: str, settings: HubSettings, *, is_behind: bool) -> Path:
    """The folder that it runs in: the hub's, or where it may write, one with what the hub's says."""
    if not is_behind:
        return settings.folder
    for name in (DOCUMENT_FILE, ".env"):
        with suppress(FileNotFoundError):
            shutil.copy(settings.folder / name, folder)
    return Path(folder)


def _told(folder: str, settings: HubSettings, *, is_behind: bool) -> Mapping[str, str]:
    """Where its notes and caches lie, and which database it is to use."""
    own = f"sqlite:///{folder}/trial.db"
    return {"HUB_STATE_DIR": folder, "HUB_DATABASE_URL": own if is_behind else settings.effective_database_url}


def _fault(process: "subprocess.Popen[bytes]", seconds: float, errors: IO[bytes]) -> str | None:
    assert process.stdout is not None
    until, said = time.monotonic() + seconds, b""
    while (address := _ready(said)) is None:
        left = until - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return f"it did not serve within {seconds:g} s{_last_line(errors)}"
        if not (chunk := os.read(process.stdout.fileno(), 65536)):
            return f"{_ended(process.wait())}{_last_line(errors)}"
        said += chunk
    try:
        with closing(http.client.HTTPConnection(address.netloc, timeout=_ANSWER_SECONDS)) as connection:
            connection.request("GET", "/health/live")
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"it does not answer: {error}{_last_line(errors)}"
    return None if status == http.client.OK else f"it answers with {status}{_last_line(errors)}"


def _ready(said: bytes) -> SplitResult | None:
    """The address that it serves at, from what it said so far; modules may have said something, too."""
    for line in said.split(b"\n")[:-1]:
        with suppress(ValueError, KeyError, TypeError):
            return urlsplit(str(json.loads(line)["ready"]))
    return None


def _end(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"it ended with exit code {code}"


def _last_line(errors: IO[bytes]) -> str:
    """What it said last, which of a traceback is the error."""
    errors.seek(0)
    lines = [line for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    return f": {lines[-1].strip()[:_MOST_TOLD]}" if lines else ""
