"""Bring modules up in a process of its own, ask how they are, and end it: the last look before a change is committed.

They start as they will where they serve, beside those that serve meanwhile, as with several workers. What a module does to
the process is its end, and that of nobody else.
"""

import asyncio
import json
import logging
import os
import select
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NoReturn

from hub_hookspecs import HealthStatus

from ..catalog import Reason
from ..database import Database, parse_url
from ..operations.standing import Standing
from ..planning import Failure
from ..settings import HubSettings
from .hub import Hub
from .module_health import LIMIT_SECONDS, ModuleHealth

log = logging.getLogger(__name__)

_EXTRA_SECONDS: Final = 5.0


def verified(settings: HubSettings, standing: Standing, names: Collection[str]) -> Mapping[str, Failure]:
    """Those of ``names`` that are not well, with why; none when all of them are. One after the other, in load order."""
    wanted = [ready.name for ready in standing.ready if ready.name in names]
    if not wanted:
        return {}
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reads)
        _examine(settings, standing, wanted, writes)
    os.close(writes)
    seconds = settings.start_seconds + LIMIT_SECONDS + settings.stop_seconds + _EXTRA_SECONDS
    at, failures, is_silent = _heard(reads, wanted[0], seconds)
    os.kill(pid, signal.SIGKILL)  # it has said all there is
    _, status = os.waitpid(pid, 0)
    if failures is not None:
        return failures
    return {at: _failed(f"it took more than {seconds:g} s" if is_silent else f"it ended the process: {_told(status)}")}


def _heard(reads: int, first: str, seconds: float) -> tuple[str, Mapping[str, Failure] | None, bool]:
    """Which module the child was at last, what it answered, and whether it fell silent before that."""
    at, said = first, b""
    with os.fdopen(reads, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], seconds)[0]:
            if not (chunk := pipe.read(65536)):
                return at, None, False
            *lines, said = (said + chunk).split(b"\n")
            for line in map(json.loads, lines):
                if isinstance(line, str):
                    at = line
                else:
                    return at, {name: _read(*told) for name, *told in line}, False
    return at, None, True


def _read(condition: str, reason: Mapping[str, str], error: str) -> Failure:
    return Failure(condition=condition, reason=Reason(**reason), error=error)


def _examine(settings: HubSettings, standing: Standing, names: Sequence[str], writes: int) -> NoReturn:
    """In the child: whatever a module does, the answer or the end of this process tells it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        failures = asyncio.run(_asked(settings, standing, names, lambda name: _tell(writes, name)))
        _tell(writes, [(name, each.condition, each.reason.as_json(), each.error) for name, each in failures.items()])
        code = 0
    except BaseException:
        log.exception("what was changed could not be verified")
    finally:
        os._exit(code)


def _tell(writes: int, value: object) -> None:
    os.write(writes, json.dumps(value).encode() + b"\n")


async def _asked(
    settings: HubSettings, standing: Standing, names: Sequence[str], on_module: Callable[[str], None]
) -> Mapping[str, Failure]:
    hub = Hub(settings, Database(parse_url(settings.effective_database_url)), standing)
    failures: dict[str, Failure] = {}
    try:
        for name in names:
            on_module(name)
            await hub.first_use.bring([name], settings.start_seconds)
            failures |= {each: failure for each, failure in hub.failures().items() if each in names}
            if name not in failures and not hub.modules[name].is_up:
                failures[name] = _failed(f"did not start within {settings.start_seconds:g} s")
            if name not in failures:
                health = (await hub.health.of([hub.modules[name]]))[name]
                if health.status is HealthStatus.UNHEALTHY:
                    failures[name] = _unhealthy(name, health)
        return failures
    finally:
        await hub.stop()


def _unhealthy(name: str, health: ModuleHealth) -> Failure:
    detail = health.detail
    return Failure(
        condition="failed",
        reason=Reason(
            code="unhealthy",
            text=f"says that it cannot do its work{f': {detail}' if detail else ''}",
            remedy=f"See the log for what {name} lacks, and try again",
        ),
        error=health.error,
    )


def _failed(what: str) -> Failure:
    reason = Reason(code="failed_start", text=what, remedy="Install a release that works")
    return Failure(condition="failed", reason=reason)


def _told(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
