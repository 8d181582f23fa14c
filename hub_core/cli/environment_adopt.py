"""``hub environment adopt``: from a hand-made environment to those that the hub builds, verifies and switches."""

from pathlib import Path

from .agreement import Yes
from .change import DryRun
from .printing import AsJson, nothing_to_do


def command(yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False) -> int:
    """Let the hub manage the environment it runs in from now on.

    The hand-made one is only read: an environment of the same distributions is built in the state folder, from wheels that
    are made of what is installed, and `hub` goes on in it whenever it is called in this folder. `hub install` and
    `hub upgrade` work then.
    """
    from ..operations.preparing import adopt
    from ..operations.recovery import settle
    from ..packages import Environments
    from ..settings import read_settings
    from .carry_on import carry_on
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    if (here := Environments(settings.state_folder).running_in()) is not None:
        if not dry_run:
            settle(settings)
        return nothing_to_do(f"the hub manages this environment: {here.name}, {here.folder}", as_json=as_json)
    with PackageProgress() as progress:
        prepared = adopt(settings, on_progress=progress.tell)
    return carry_on(settings, "adopt", prepared, yes=yes, dry_run=dry_run, as_json=as_json)
