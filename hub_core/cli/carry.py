"""Go on with a change in the environment that was built for it, whatever release of the hub is in it.

The command that built it becomes ``hub carry`` there. What it is to do stands in a variable, as JSON, so that releases of the
hub can tell each other more than a command line should promise.
"""

import atexit
import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import HubError
from ..settings import HubSettings
from .change import run_change
from .launching import enter, enter_current

if TYPE_CHECKING:
    from ..operations.preparing import Prepared
    from ..packages import PackageChange

VARIABLE: Final = "HUB_CARRY"
_FORMAT: Final = 1


class CarryRefused(HubError):
    """A change cannot go on in the new environment."""

    code = "carry_refused"

    def __init__(self, why: str) -> None:
        super().__init__(
            "the change cannot go on in the environment that was built for it; nothing was changed",
            cause=why,
            remedy="Use hub install, hub upgrade or hub environment adopt; they go on by themselves",
        )


def change_lines(changes: "Iterable[PackageChange]") -> tuple[str, ...]:
    """A sentence for each distribution that moves."""
    return tuple(
        f"bring {each.name} {each.after}"
        if each.before is None
        else f"remove {each.name} {each.before}"
        if each.after is None
        else f"move {each.name} from {each.before} to {each.after}"
        for each in changes
    )


def carry_on(kind: str, prepared: "Prepared", *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Become ``hub carry`` in the new environment. Only returns, or raises, when that cannot be."""
    os.environ[VARIABLE] = json.dumps(
        {
            "format": _FORMAT,
            "kind": kind,
            "environment": prepared.environment.name,
            "built_from": prepared.built_from,
            "distributions": sorted(prepared.distributions),
            "packages": change_lines(prepared.changes),
            "yes": yes,
            "dry_run": dry_run,
            "as_json": as_json,
            "command": sys.argv[1:],
        }
    )
    enter(prepared.environment.python, ["carry"])
    raise CarryRefused(f"the interpreter of {prepared.environment.folder} cannot be started")


def enabled_here(settings: HubSettings, names: Sequence[str], *, yes: bool, dry_run: bool, as_json: bool) -> int | None:
    """Enable what was named, when all of it is installed here already; ``None`` when it is not."""
    from ..operations.changing import Change
    from ..operations.installed import installed_catalog

    found = {module.name: module.name for module in installed_catalog(settings).modules}
    found |= {module.distribution: module.name for module in installed_catalog(settings).modules}
    if not all(name in found for name in names):
        return None
    wanted = Change(kind="enable", names=tuple(found[name] for name in names))
    return run_change(wanted, yes=yes, dry_run=dry_run, as_json=as_json)


def command() -> int:
    """Go on with a change that another command began; not for people."""
    from ..operations.changing import Change
    from ..operations.recovery import EnvironmentSwitched
    from ..packages import Environments
    from ..settings import read_settings

    told = _told()
    settings = read_settings(Path.cwd())
    environments = Environments(settings.state_folder)
    here = environments.running_in()
    if here is None or here.name != told["environment"]:
        raise CarryRefused(f"this is not environment {told['environment']} of {settings.state_folder}")
    wanted = Change(
        kind=told["kind"],
        distributions=tuple(told["distributions"]),
        environment=here.name,
        built_from=told["built_from"],
        packages=tuple(told["packages"]),
    )
    # at the very end, when nothing is imported from it any more
    atexit.register(environments.discard, here.name)
    try:
        return run_change(wanted, yes=told["yes"], dry_run=told["dry_run"], as_json=told["as_json"])
    except EnvironmentSwitched:
        environments.discard(here.name)  # it was built from one that is current no longer
        if again := told.get("command"):
            enter_current(again)
        raise


def _told() -> dict[str, Any]:
    try:
        told = json.loads(os.environ.pop(VARIABLE, ""))
    except ValueError as error:
        raise CarryRefused(f"{VARIABLE} does not say what to do") from error
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise CarryRefused(f"the release that built the environment speaks another format of {VARIABLE}")
    return told
