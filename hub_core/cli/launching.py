"""Go on in the environment that the hub manages for this folder, whichever ``hub`` was called.

Nothing is imported for that, as every command comes through here: where there is no such environment it costs a look at
one name.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CHOSEN: Final = "HUB_CHOSEN_ENVIRONMENT"
"""Tells what a command becomes that it is in the environment of hub.lock, which is current only when ``hub up`` is done."""
PROGRAM: Final = "import sys; from hub_core.cli.main import main; sys.exit(main())"
_ASSIGNED: Final = re.compile(r"^\s*(?:export\s+)?HUB_STATE_DIR\s*=\s*['\"]?([^'\"\n]+)", re.MULTILINE)


def enter_current(arguments: Sequence[str]) -> None:
    """Become the same command there. Returns where there is none, where it cannot run, and inside it."""
    try:
        current = _state_folder(Path.cwd()) / "environments" / "current"
    except FileNotFoundError:  # the current folder was deleted; the command says so
        return
    target, here = os.path.realpath(current), os.path.realpath(sys.prefix)
    is_chosen = os.environ.pop(CHOSEN, "") == here
    if not os.path.lexists(current) or here == target or is_chosen:
        return
    enter(Path(target) / "bin" / "python", arguments)


def enter_locked(arguments: Sequence[str]) -> None:
    """Become the same command in the environment that hub.lock asks for, which is made if there is none."""
    if not Path("hub.lock").is_file():
        return
    from ..operations.locked import locked_environment
    from ..settings import read_settings
    from .package_progress import PackageProgress

    with PackageProgress() as progress:
        environment = locked_environment(read_settings(Path.cwd()), on_progress=progress.tell)
    if environment is not None:
        os.environ[CHOSEN] = os.path.realpath(environment.folder)
        enter(environment.python, arguments)


def enter(python: Path, arguments: Sequence[str]) -> None:
    """Become ``hub`` with ``arguments`` in the environment of an interpreter; returns when that is not there."""
    if os.access(python, os.X_OK):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.execv(python, [str(python), "-c", PROGRAM, *arguments])  # noqa: S606 - no shell


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
