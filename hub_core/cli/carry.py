"""``hub carry``, not for people: go on with a change in the environment that was built for it, as :mod:`carry_on` asks.

What it is to do stands in a variable, as JSON, so that releases of the hub can tell each other more than a command line
should promise.
"""

import atexit
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import typer

from ..errors import HubError
from ..operations.recovery import EnvironmentSwitched
from .change import run_change
from .install_preview_text import show_install_preview
from .json_output import given_back, json_alone
from .launching import enter_current

VARIABLE: Final = "HUB_CARRY"
FORMAT: Final = 1
PIPE: Final = "HUB_CARRY_PIPE"
"""Names the open pipe on which the end is told."""
BEGAN: Final = b"began "
ENDED: Final = b"ended"
AGAIN: Final = b"again"
"""Another operation was finished first, which led elsewhere: this one begins anew from there."""
LEFT_BEHIND: Final = ("operation_not_undone", "core_not_taken_back")
"""What leaves something behind that the one who waits may bring to an end."""
ORDERLY: Final = (HubError, KeyboardInterrupt, BrokenPipeError, typer.Abort)
"""What ends a command as its user expects."""


class CarryRefused(HubError):
    """A change cannot go on in the new environment."""

    code = "carry_refused"

    def __init__(self, why: str) -> None:
        super().__init__(
            "the change cannot go on in the environment that was built for it; nothing was changed",
            cause=why,
            remedy="Use hub install, hub upgrade or hub environment adopt; they go on by themselves",
        )


def command() -> int:
    """Go on with a change that another command began; not for people."""
    told = _told()
    with json_alone() if told["as_json"] else nullcontext():
        return _gone_on(told)


def _gone_on(told: dict[str, Any]) -> int:
    from ..operations.change import Change
    from ..packages import Environments
    from ..settings import read_settings

    if told["dry_run"] and told["kind"] == "install":
        module = told.get("module")
        return show_install_preview(told["distributions"], told["packages"], module=module, as_json=told["as_json"])
    settings = read_settings(Path.cwd())
    environments = Environments(settings.state_folder)
    here = environments.running_in()
    if here is None or (here.name, here.lock.digest) != (told["environment"], told["lock"]):
        raise CarryRefused(f"this is not environment {told['environment']} of {settings.state_folder}")
    wanted = Change(
        kind=told["kind"],
        names=tuple(filter(None, [told.get("module")])),
        distributions=tuple(told["distributions"]),
        environment=here.name,
        lock=told["lock"],
        built_from=told["built_from"],
        packages=tuple(told["packages"]),
        moves_libraries=told["moves_libraries"],
    )
    if (pipe := os.environ.pop(PIPE, None)) is not None:
        with _ending_told(int(pipe)):
            return run_change(wanted, yes=told["yes"], dry_run=told["dry_run"], as_json=told["as_json"])
        return 0
    if told["kind"] != "use":  # that one was there before
        # at the very end, when nothing is imported from it any more
        atexit.register(environments.discard, here.name)
    try:
        return run_change(wanted, yes=told["yes"], dry_run=told["dry_run"], as_json=told["as_json"])
    except EnvironmentSwitched:
        environments.discard(here.name)  # it was built from one that is current no longer
        with given_back():
            enter_current(told["command"])
        raise


@contextmanager
def _ending_told(pipe: int) -> Iterator[None]:
    """Let the command that waits for this one know that it ended as commands do; else that one cleans up behind it."""
    os.set_inheritable(pipe, False)
    os.write(pipe, BEGAN)
    try:
        yield
    except ORDERLY as error:
        code = error.code if isinstance(error, HubError) else ""
        if code == EnvironmentSwitched.code:
            os.write(pipe, AGAIN)
            return
        if code not in LEFT_BEHIND:
            os.write(pipe, ENDED)
        raise
    os.write(pipe, ENDED)


def _told() -> dict[str, Any]:
    try:
        told = json.loads(os.environ.pop(VARIABLE, ""))
    except ValueError as error:
        raise CarryRefused(f"{VARIABLE} does not say what to do") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise CarryRefused(f"the release that built the environment speaks another format of {VARIABLE}")
    return told
