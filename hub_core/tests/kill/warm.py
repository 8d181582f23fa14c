"""A helper process that has imported everything and forks one child per job: a kill costs tens of milliseconds.

It is driven over a socket: each request brings the pipe the child tells on, and perhaps one whose end lets it begin.
The process that asked is the one that kills.
"""

import gc
import importlib
import json
import os
import socket
import sys
import traceback
from typing import Any, Final

from hub_core.tests.kill.child import Job, run
from hub_core.tests.kill.telling import told_to

READ_AHEAD: Final = (
    "aiosqlite",
    "alembic.autogenerate",
    "alembic.operations.ops",
    "hub_core.cli.carry",
    "hub_core.cli.environment_adopt",
    "hub_core.cli.install",
    "hub_core.cli.main",
    "hub_core.cli.serve",
    "hub_core.cli.serving",
    "hub_core.cli.start_report",
    "hub_core.cli.up",
    "hub_core.cli.upgrade",
    "hub_core.migrations.alembic_run",
    "hub_core.operations.preparing",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "typer",
    "uvicorn",
)


def main(descriptor: int) -> None:
    """Answer requests until the other end closes."""
    for name in READ_AHEAD:
        importlib.import_module(name)
    sys.dont_write_bytecode = True
    gc.freeze()
    with socket.socket(fileno=descriptor) as asked:
        asked.send(b"{}")
        while True:
            message, files, _, _ = socket.recv_fds(asked, 65536, 2)
            if not message:
                return
            asked.send(json.dumps(_answer(asked, json.loads(message), files)).encode())


def _answer(asked: socket.socket, request: dict[str, Any], files: list[int]) -> dict[str, Any]:
    if "wait" in request:
        return {"status": os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])}
    if not (pid := os.fork()):
        asked.close()
        _child(Job.from_json(request), *files)
    for file in files:
        os.close(file)
    return {"pid": pid}


def _child(job: Job, tells: int, begins: int | None = None) -> None:
    status = 70
    try:
        log = os.open(f"{job.folder}/../child.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(tells if job.operation == "command" else log, 1)
        os.dup2(log, 2)
        tell = told_to(tells)
        if begins is not None:
            tell({"ready": True}) if job.operation != "command" else os.write(tells, b"ready to begin\n")
            os.read(begins, 1)  # end of file, for all who wait at once
        status = run(job, tell, tells)
        sys.stdout.flush()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(int(sys.argv[1]))
