"""Let a change go on in the environment that was built for it, whatever release of the hub is in it, and clean up if that dies.

The command that built the environment waits for ``hub carry`` in it. A release that does not come up there, or ends without
having said so, is followed by this one, which brings everything back.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from ..errors import HubError
from ..settings import HubSettings
from .carry import AGAIN, BEGAN, ENDED, FORMAT, PIPE, VARIABLE, CarryRefused
from .change import run_change
from .install_preview_text import show_install_preview
from .json_output import given_back
from .launching import PROGRAM, enter, enter_current
from .package_text import change_lines

if TYPE_CHECKING:
    from ..operations.change import Change
    from ..operations.preparing import Prepared

_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class HubDidNotComeUp(HubError):
    """The hub of a new environment ended without an answer; everything is as it was before."""

    code = "hub_did_not_come_up"

    def __init__(self, kind: str, cause: str) -> None:
        super().__init__(
            f"{kind} failed: the hub of the new environment did not come up, and everything is as it was",
            cause=cause,
            remedy="What it said stands above; install another release",
        )


def carry_on(settings: HubSettings, kind: str, prepared: "Prepared", *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Run ``hub carry`` in the new environment to its end; answers its exit code.

    Where only modules are others, the hub there is the one here, and this process becomes it.

    :raises HubDidNotComeUp: when it ended without an answer, and what it left is cleaned up.
    """
    from ..operations.recovery import EnvironmentSwitched, settle
    from ..packages import Environments

    told = _telling(kind, prepared, yes=yes, dry_run=dry_run, as_json=as_json)
    if not prepared.moves_libraries:
        os.environ[VARIABLE] = told
        with given_back():
            enter(prepared.environment.python, ["carry"])
        raise CarryRefused(f"the interpreter of {prepared.environment.folder} cannot be started")
    began = time.monotonic()
    said, code = _carried(prepared, told, settings.start_seconds)
    lasted = time.monotonic() - began
    if said not in (ENDED, AGAIN):
        settle(settings)
    environments = Environments(settings.state_folder)
    if kind != "use":  # that one was there before
        environments.discard(prepared.environment.name)
    if said == AGAIN:
        with given_back():
            enter_current(sys.argv[1:])
        raise EnvironmentSwitched(prepared.built_from or "")
    if said == ENDED or environments.current() == prepared.environment:
        return code
    what = f"killed by signal {-code}" if code < 0 else f"it ended with exit code {code}"
    raise HubDidNotComeUp(kind, f"{what} after {lasted:.0f} s; it has {settings.start_seconds:g} s to begin")


def carry_here(
    settings: HubSettings,
    wanted: "Change",
    prepared: "Prepared",
    *,
    yes: bool,
    dry_run: bool = False,
    as_json: bool,
    is_kept: bool = False,
) -> int:
    """Run a change that needs the code which is about to leave, in the environment that still has it: its exit code.

    The new environment is removed again unless the hub goes on in it, or it ``is_kept`` and was there before.
    """
    from ..packages import Environments

    wanted = replace(
        wanted,
        environment=prepared.environment.name,
        lock=prepared.environment.lock.digest,
        built_from=prepared.built_from,
        packages=tuple(change_lines(prepared.changes)),
        moves_libraries=prepared.moves_libraries,
    )
    try:
        return run_change(wanted, yes=yes, dry_run=dry_run, as_json=as_json)
    finally:
        if not is_kept:
            Environments(settings.state_folder).discard(prepared.environment.name)  # the current one stays


def carry_aside(kind: str, prepared: "Prepared", *, as_json: bool) -> int:
    """Let ``hub carry`` look in the new environment, which is the caller's to remove: the exit code."""
    told = _telling(kind, prepared, yes=False, dry_run=True, as_json=as_json)
    command = [str(prepared.environment.python), "-P", "-c", PROGRAM, "carry"]
    with given_back():
        code = subprocess.run(command, env={**os.environ, VARIABLE: told}, check=False).returncode  # noqa: S603 - the hub's own
    if code < 0:
        raise HubDidNotComeUp(kind, f"killed by signal {-code}")
    return code


def enabled_here(
    settings: HubSettings,
    names: Sequence[str],
    *,
    is_there: bool = False,
    module: str | None = None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int | None:
    """Enable what was named, when all of it is installed here already; ``None`` when it is not, or brings no module.

    :param is_there: whether that is known; then a range, a wheel and a project mean what is here of it.
    :param module: what has to be among it; ``None``: nothing in particular.
    """
    from ..operations.change import Change
    from ..operations.choosing import ModuleNotBrought
    from ..operations.installed import installed_catalog
    from ..operations.targets import targets
    from ..packages import Asked

    catalog = installed_catalog(settings)
    modules = catalog.modules
    if is_there:
        named = targets(names, catalog, before=Asked()).distributions
        chosen = [each for each in modules if canonicalize_name(each.distribution) in named]
    else:
        found = {each.name: each for each in modules} | {each.distribution: each for each in modules}
        chosen = [found[name] for name in names] if found.keys() >= {*names} else []
    if not chosen:
        return None
    if module is not None and module not in {each.name for each in chosen}:
        raise ModuleNotBrought(module, names, [each.name for each in chosen])
    if dry_run:
        return show_install_preview(sorted({each.distribution for each in chosen}), (), as_json=as_json)
    wanted = Change(kind="enable", names=tuple(each.name for each in chosen))
    return run_change(wanted, yes=yes, dry_run=dry_run, as_json=as_json)


def _telling(kind: str, prepared: "Prepared", *, yes: bool, dry_run: bool, as_json: bool) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "kind": kind,
            "environment": prepared.environment.name,
            "lock": prepared.environment.lock.digest,
            "built_from": prepared.built_from,
            "distributions": sorted(prepared.distributions),
            "packages": change_lines(prepared.changes),
            "moves_libraries": prepared.moves_libraries,
            "module": prepared.module,
            "yes": yes,
            "dry_run": dry_run,
            "as_json": as_json,
            "command": sys.argv[1:],
        }
    )


def _carried(prepared: "Prepared", told: str, seconds: float) -> tuple[bytes, int]:
    """What it said of its end, and its exit code."""
    hears, says = os.pipe()
    os.set_blocking(hears, False)  # something it left behind may hold the other end
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    with os.fdopen(hears, "rb") as pipe:
        try:
            with given_back():
                process = subprocess.Popen(  # noqa: S603 - no shell, and our own interpreter
                    [str(prepared.environment.python), "-P", "-c", PROGRAM, "carry"],
                    env={**os.environ, VARIABLE: told, PIPE: str(says)},
                    pass_fds=[says],
                )
        finally:
            os.close(says)
        with _signals_passed_on(process):
            if not select.select([pipe], [], [], seconds)[0]:  # it neither began nor ended
                process.kill()
            code = process.wait()
        return (pipe.read() or b"").removeprefix(BEGAN), code


@contextmanager
def _signals_passed_on(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """What is meant for this process is meant for that one. Of Ctrl-C the terminal has told it already."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or not _is_in_foreground():
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0) == os.getpgrp()
    except (OSError, ValueError):
        return False
