"""The helper of the probe: ``python -m hub_core.loading.probe_helper``, started by :mod:`hub_core.loading.probe`.

It imports what is slow once and forks a child for each module, which then takes hundredths of a second instead of most
of one. It never starts a thread and imports no module itself: what is broken in a module ends in that module's child.

On standard input comes an :class:`Assignment`, then a line of names for each module to probe: those it requires and
itself. On standard output goes for each the child's process id, then the outcome, each a line of JSON.
"""

import gc
import importlib
import json
import os
import pickle
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter

from .orphans import adopt_orphans
from .probe_child import be_probed
from .probe_watch import Watch
from .probed import Assignment

WARM: Final = (
    "fastapi.responses",
    "hub_hookspecs.database",
    "hub_hookspecs.web",
    "pydantic",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.ext.asyncio",
)
"""What modules import as a rule and takes long."""


def main() -> None:
    """Answer until standard input ends."""
    assignment: Assignment = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    sys.path[:] = assignment.path
    importlib.invalidate_caches()
    warm_up()
    adopt_orphans()
    gc.disable()  # a collection in here would copy the memory that the children share
    gc.freeze()
    _say({"ready": True})
    for line in sys.stdin.buffer:
        _say(_probed(line.decode().split(), assignment))


def warm_up() -> None:
    """Import what modules need, and make a route and throw it away: FastAPI imports a part of itself only then."""
    for name in WARM:
        with suppress(ImportError):  # what a module needs of it is then missing in the module
            importlib.import_module(name)
    APIRouter().add_api_route("/", lambda: None, response_model=int)


def _say(value: Mapping[str, Any]) -> None:
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[os.write(1, line) :]


def _probed(names: list[str], assignment: Assignment) -> dict[str, Any]:
    reading, writing = os.pipe()
    waiting, going = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.close(going)
        be_probed(names, assignment, writing, waiting)
    os.close(writing)
    os.close(waiting)
    try:
        with suppress(OSError):  # the child may have done it already, or be gone
            os.setpgid(child, child)
        _say({"child": child})
        with suppress(BrokenPipeError):
            os.write(going, b"g")
        return Watch(names[-1], child, reading, assignment.limits.seconds).outcome()
    finally:
        os.close(reading)
        os.close(going)


if __name__ == "__main__":
    main()
