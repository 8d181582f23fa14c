"""Go on in the environment that the hub manages for this folder, whichever ``hub`` was called.

Nothing is imported for that, as every command comes through here: where there is no such environment it costs a look at
one name. Commands that change something, or serve, look closer: they go on in what the database records, and what is
damaged is made again first; unless they are only to look, as with ``--dry-run``.
"""

import fcntl
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

PROGRAM: Final = "import sys; from hub_core.cli.main import main; sys.exit(main())"
CHANGES: Final = frozenset(
    {
        "up",
        "serve",
        "install",
        "upgrade",
        "enable",
        "disable",
        "uninstall",
        "downgrade",
        "rollback",
        "move",
        "migrate",
        "restore",
        "environment use",
    }
)
"""What must run in the right environment, and not only look.

`hub environment adopt` is the way on where that one cannot be made again; and an archive can be made wherever a hub starts.
"""
LOOKS: Final = frozenset({"--dry-run", "--check", "--sql", "--help", "-h"})
"""With one of these such a command only looks as well."""
LOCK_FILE: Final = "pylock.toml"
CHOSEN: Final = "HUB_ENVIRONMENT_CHOSEN"
"""The environment that the process before this one has chosen for the command."""
REQUEST: Final = "HUB_REQUEST"
"""What a command is told that somebody asked for over HTTP; it stays set where the command goes on elsewhere."""
LIFELINE: Final = "HUB_LIFELINE"
"""The process that started this one, where it shall not be outlived."""
_ASSIGNED: Final = re.compile(r"^\s*(?:export\s+)?HUB_STATE_DIR\s*=\s*['\"]?([^'\"\n]+)", re.MULTILINE)


def launch(command: str, arguments: Sequence[str]) -> None:
    """Become the same command in the environment it shall run in; returns inside it, and where there is none.

    :raises HubError: when a command that changes something cannot have its environment.
    """
    here = os.path.realpath(sys.prefix)
    if os.environ.pop(CHOSEN, "") == here:
        return
    current, changes = _current(), command in CHANGES and LOOKS.isdisjoint(arguments)
    if current is not None and current != here:
        fault = fault_of(current)
        if not changes:
            if fault is None:
                enter(Path(current) / "bin" / "python", arguments)
            _note(
                f"environment {current} cannot run: {fault}",
                f"this looks from {here}; hub up makes the other one again",
            )
            return
        if fault is None and not _is_damaged(current):
            enter(Path(current) / "bin" / "python", arguments)
    if changes and (current is not None or Path("hub.lock").is_file()):
        _enter_wanted(command, arguments)


def enter_current(arguments: Sequence[str]) -> None:
    """Become another command in the current environment. Returns where there is none, where it cannot run, and inside it."""
    current = _current()
    if current is not None and current != os.path.realpath(sys.prefix) and fault_of(current) is None:
        enter(Path(current) / "bin" / "python", arguments)


def enter(python: Path, arguments: Sequence[str], *, is_chosen: bool = False) -> None:
    """Become ``hub`` with ``arguments`` in the environment of an interpreter; returns when that cannot be started.

    :param is_chosen: whether it is settled that the command runs there, wherever the current one is.
    """
    if not os.access(python, os.X_OK):
        return
    if is_chosen:
        os.environ[CHOSEN] = os.path.realpath(python.parent.parent)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    try:
        os.execv(python, [str(python), "-P", "-c", PROGRAM, *arguments])  # noqa: S606 - no shell
    except OSError:  # such as a program for another machine
        os.environ.pop(CHOSEN, None)


def occupy_here() -> None:
    """Let this process, and those it forks, count as running in its environment, which is not removed as long as they live.

    See :mod:`hub_core.packages.occupancy`, which costs more to import than a command that only looks may take.
    """
    with suppress(OSError):  # it is none of the hub's, or lies on a volume without locks
        opened = os.open(Path(sys.prefix) / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)  # open as long as the process lives
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        here = os.fstat(opened)
        for number in map(int, os.listdir("/dev/fd")):  # noqa: PTH208 - that of whoever became this process
            with suppress(OSError):
                if number != opened and os.path.samestat(os.fstat(number), here):
                    os.close(number)


def runs_in_managed() -> bool:
    """Whether this process runs in an environment that the hub has built."""
    return (Path(sys.prefix) / LOCK_FILE).is_file()


def fault_of(folder: str) -> str | None:
    """Why no ``hub`` can be started in an environment, as far as a look at its names says; ``None`` for one that can."""
    python = Path(folder) / "bin" / "python"
    if not os.path.lexists(folder):
        return "it is gone"
    if not os.path.lexists(python):
        return f"{python} is gone"
    if not os.access(python, os.X_OK):
        return f"its interpreter {_end_of_links(python)} is not there any more, or is no program"
    if not any(Path(folder).glob("lib/python*/site-packages/hub_core-*.dist-info")):
        return "hub-core is not installed in it any more"
    return None


def _end_of_links(path: Path) -> Path:
    for _ in range(40):
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return path


def _current() -> str | None:
    """Where ``current`` leads, whether anything is there or not; ``None`` where the hub manages no environment."""
    try:
        current = _state_folder(Path.cwd()) / "environments" / "current"
    except FileNotFoundError:  # the current folder was deleted; the command says so
        return None
    return os.path.realpath(current) if os.path.lexists(current) else None


def _is_damaged(folder: str) -> bool:
    from ..packages import Environment, damage

    return bool(damage(Environment(name=Path(folder).name, folder=Path(folder))))


def _enter_wanted(command: str, arguments: Sequence[str]) -> None:
    from ..operations.locked import environment_to_enter
    from ..settings import read_settings
    from .package_progress import PackageProgress

    told: list[str] = []
    with PackageProgress() as progress:
        environment = environment_to_enter(
            read_settings(Path.cwd()), applies_file=command == "up", on_progress=progress.tell, tell=told.append
        )
    for text in told:
        _note(text)
    if environment is not None:
        enter(environment.python, arguments, is_chosen=True)
        from ..operations.locked import EnvironmentLost

        raise EnvironmentLost(environment.name, f"{environment.python} cannot be started")


def _note(*texts: str) -> None:
    from .terminal_text import one_line

    sys.stderr.write("".join(f"{one_line(text)}\n" for text in texts))
    sys.stderr.flush()


def _state_folder(folder: Path) -> Path:
    """``state_dir`` as :mod:`hub_core.settings` would read it, without what that needs to be imported."""
    named = os.environ.get("HUB_STATE_DIR") or _in_dotenv(folder / ".env") or _in_hub_toml(folder / "hub.toml")
    return folder / (named or ".hub")


def _in_dotenv(file: Path) -> str | None:
    found = _ASSIGNED.search(_text(file))
    return found[1].strip() if found else None


def _in_hub_toml(file: Path) -> str | None:
    if "state_dir" not in (text := _text(file)):
        return None
    import tomllib

    try:
        table = tomllib.loads(text).get("hub", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return None  # whoever reads it next says what is wrong with it
    named = table.get("state_dir") if isinstance(table, dict) else None
    return named if isinstance(named, str) else None


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(250_000)
    except OSError:
        return ""
