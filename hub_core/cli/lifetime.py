"""One life of the process that serves: it reckons with those before it, leaves notes while it lives, serves, and ends."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer

from ..errors import HubError
from ..loading import LoadedModule
from ..operations.describing.held_back import safe_mode_told
from ..operations.installed import installed_catalog
from ..operations.processes.process_note import ProcessNote, noted
from ..operations.processes.restart_budget import forget_deaths, ledger, reckon
from ..operations.standing import Standing
from ..runtime import OnChange, preloaded
from ..settings import HubSettings
from .serving import Server, begin
from .successor import Successor
from .workers import Workers

WorkerCount = Annotated[int, typer.Option("--workers", min=1, max=256, help="How many processes serve.")]
SafeMode = Annotated[
    bool | None,
    typer.Option(
        "--safe-mode/--no-safe-mode",
        help="Run modules of tier core only, or all of them although the hub died again and again. "
        "By default a hub that cannot stay up goes into safe mode.",
        show_default=False,
    ),
]
_ORDERLY = (HubError, KeyboardInterrupt, SystemExit, BrokenPipeError, typer.Abort, typer.Exit)
"""What ends a command as its user expects. Anything else is a death, and counted like one."""


@contextmanager
def living(settings: HubSettings) -> Iterator[ProcessNote]:
    """Reckon with the processes that died before this one, and leave notes for the next until this one ends in order."""
    begin()
    if settings.safe_mode is False:
        forget_deaths(settings)
    reckon(settings, lambda: installed_catalog(settings).modules)
    with noted(settings, _ORDERLY) as note:
        yield note


def serve(
    settings: HubSettings,
    standing: Standing,
    listening: socket.socket,
    note: ProcessNote,
    *,
    workers: int,
    preload: bool,
    prepare: Callable[[Server], None],
    successor: Successor,
    on_change: OnChange = lambda name, failure: None,
) -> int:
    """Serve with this process, or with so many that it forks; answers the exit code.

    :param successor: what becomes of this process when its time is over and a module keeps it from ending.
    :param prepare: told of the first server there is, before it serves.
    :param on_change: told, in whichever process, of each module that fails or comes up again.
    """
    if workers == 1:
        server = Server(settings, standing, listening, preload=preload, loaded={}, note=note)
        server.hub.on_change = on_change
        server.exits = lambda code: os._exit(successor.take_over(code))
        server.next_trial = successor.next_trial
        prepare(server)
        return server.run()
    loaded: Mapping[str, LoadedModule] = preloaded(settings, standing, note) if preload else {}
    return Workers(
        settings,
        standing,
        listening,
        workers,
        loaded=loaded,
        preload=preload,
        note=note,
        prepare=prepare,
        on_change=on_change,
        next_trial=successor.next_trial,
    ).run()


def told_of_safe_mode(settings: HubSettings) -> str | None:
    """Why the hub is in safe mode and how to leave it; ``None`` when it is not."""
    return safe_mode_told(settings, ledger(settings))
