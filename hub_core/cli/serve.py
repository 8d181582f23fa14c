"""``hub serve``: serve what is recorded, and change nothing."""

import time
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from .lifetime import SafeMode, WorkerCount, living, serve, told_of_safe_mode
from .noting import note_all, note_change
from .printing import AsJson
from .serving import OUTDATED, Server, free_socket
from .successor import Successor
from .up import Host, Port, Preload

_TRIAL_SECONDS: Final = 120.0
"""How long the end of an operation is waited for that tries another release of the hub."""
_LOOK_SECONDS: Final = 0.5


def command(
    host: Host = None,
    port: Port = None,
    preload: Preload = False,
    workers: WorkerCount = 1,
    safe_mode: SafeMode = None,
    noting: Annotated[bool, typer.Option("--noting", hidden=True)] = False,
    as_json: AsJson = False,
) -> int:
    """Serve the enabled modules, and change nothing in the database.

    For every process but the first: `hub up` applies changes, `hub serve` only serves. A module with changes that were not
    applied is reported and not served.
    """
    from ..logs import set_up_logging
    from ..operations.describing.descriptions import Descriptions
    from ..operations.standing_to_serve import standing_to_serve
    from ..packages import Environments
    from ..registry import CoreTablesDiffer
    from ..settings import read_settings
    from .probe_progress import ProbeProgress
    from .start_report import StartReport

    settings = read_settings(Path.cwd(), host=host, port=port, safe_mode=safe_mode)
    set_up_logging(settings)
    with free_socket(settings.host, settings.port) as listening:
        successor = Successor(settings, listening, workers=workers, preload=preload, as_json=as_json, noting=noting)
        with living(settings) as note:
            until = time.monotonic() + _TRIAL_SECONDS
            while True:
                try:
                    with ProbeProgress(logs=True) as progress:
                        standing, errors = standing_to_serve(settings, Descriptions(settings, on_probed=progress.tell))
                    break
                except CoreTablesDiffer as error:  # another release may be on trial: it is taken up, or its tables back
                    if not error.is_newer or time.monotonic() > until:
                        raise
                    if (
                        Environments(settings.state_folder).current()
                        != Environments(settings.state_folder).running_in()
                    ):
                        return successor.take_over(OUTDATED)
                    time.sleep(_LOOK_SECONDS)

            def prepare(server: Server) -> None:
                report = StartReport(server.hub, errors, safe_mode=told_of_safe_mode(settings))

                def ready(address: str) -> None:
                    if noting:
                        note_all(settings, server.hub.failures())
                    (report.print_json if as_json else report.print)(address)

                server.on_ready = ready

            code = serve(
                settings,
                standing,
                listening,
                note,
                workers=workers,
                preload=preload,
                prepare=prepare,
                successor=successor,
                on_change=partial(note_change, settings) if noting else lambda name, failure: None,
            )
    return successor.take_over(code)
