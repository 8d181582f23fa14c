"""The helper of the probe: ``python -m hub_core.loading.probe_helper``, started by :mod:`hub_core.loading.probe`.

It imports what is slow once and forks a child for each module, which then takes hundredths of a second instead of most
of one. It never starts a thread and imports no module itself: what is broken in a module ends in that module's child.

On standard input comes an :class:`Assignment`, then a :class:`Question` for each module to probe, pickled. On standard output goes for each the child's process id, then the outcome, each a line of JSON.
"""

import gc
import importlib
import json
import mimetypes
import os
import pickle
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.request import build_opener, install_opener

from fastapi import APIRouter

from .changes import Before
from .confinement import Confinement
from .orphans import adopt_orphans
from .probe_child import be_probed
from .probe_user import readable
from .probe_watch import Watch
from .probed import Assignment, Question
from .watched_modules import WATCHED

WARM: Final = (
    "aiosqlite",
    "csv",
    "fastapi.responses",
    "hub_hookspecs.database",
    "hub_hookspecs.web",
    "jinja2",
    "mimetypes",
    "multiprocessing.context",
    "prometheus_client",
    "pydantic",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.ext.asyncio",
    "structlog",
)
"""What modules import as a rule and takes long."""
NOT_AGAIN: Final = "; not when it was probed again, so that nobody knows in which phase"


def main() -> None:
    """Answer until standard input ends."""
    assignment: Assignment = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    sys.path[:] = map(os.path.abspath, assignment.path)  # a module has another working directory
    importlib.invalidate_caches()
    warm_up()
    adopt_orphans()
    files = readable(sys.path, (found.folder for found in assignment.modules.values()))
    confinement = Confinement.made(assignment.limits, sys.argv[1], files)
    sys.argv = ["hub"]  # for the modules
    before = Before({found.package for found in assignment.modules.values()})
    gc.disable()  # a collection in here would copy the memory that the children share
    gc.freeze()
    _say({"ready": True, "root": confinement.root})
    try:
        for question in _questions():
            _say(_answer(question, assignment, confinement, before))
            before.take_own()
    finally:
        shutil.rmtree(confinement.folder, ignore_errors=True)  # for when nobody is left to do it


def _questions() -> Iterator[Question]:
    with suppress(EOFError):
        while True:
            yield pickle.load(sys.stdin.buffer)  # noqa: S301 - as above


def warm_up() -> None:
    """Import what modules need, and do what libraries else do at their first use; FastAPI imports a part of itself then."""
    for name in (*WARM, *WATCHED):
        with suppress(ImportError):  # what a module needs of it is then missing in the module
            importlib.import_module(name)
    APIRouter().add_api_route("/", lambda: None, response_model=int)
    mimetypes.init()
    install_opener(build_opener())  # as the first ``urlopen`` does by itself


def _say(value: Mapping[str, Any]) -> None:
    line = json.dumps(value).encode() + b"\n"
    while line:
        line = line[os.write(1, line) :]


def _answer(question: Question, assignment: Assignment, confinement: Confinement, before: Before) -> dict[str, Any]:
    """What becomes of the module. One that changed something is probed once more: only then is each phase looked at."""
    answer = _probed(question, assignment, confinement, before, closely=False)
    if answer["kind"] != "changes":
        return answer
    again = _probed(question, assignment, confinement, before, closely=True)
    return again if again["kind"] == "changes" else answer | {"phase": "import", "text": answer["text"] + NOT_AGAIN}


def _probed(
    question: Question, assignment: Assignment, confinement: Confinement, before: Before, *, closely: bool
) -> dict[str, Any]:
    reading, writing = os.pipe()
    waiting, going = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.close(going)
        be_probed(question, assignment, confinement, before, writing, waiting, closely=closely)
    os.close(writing)
    os.close(waiting)
    try:
        with suppress(OSError):  # the child may have done it already, or be gone
            os.setpgid(child, child)
        _say({"child": child})
        with suppress(BrokenPipeError):
            os.write(going, b"g")
        return Watch(question.names[-1], child, reading, confinement).outcome()
    finally:
        confinement.clean_up(child)
        os.close(reading)
        os.close(going)


if __name__ == "__main__":
    main()
