"""Whom modules run as when they are probed, found out without probing one: ``hub doctor`` tells it.

It is tried in a process of its own that has what the probe's helper has: a new program may have other rights than the one
that starts it, and trying means to give them up.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..error_text import one_line
from . import other_user
from .probe import ProbeUnavailable

_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeUser:
    """``why`` they do not run as another user is empty for who is not root, and has no rights to give up.

    ``is_other``: they run as another user; ``is_alone``: as one to whom nothing else belongs.
    """

    is_other: bool
    is_alone: bool
    why: str


def user_of_probe(folders: Iterable[Path]) -> ProbeUser:
    """Whom modules in ``folders`` would run as.

    :raises ProbeUnavailable: when the process that would say so does not start.
    """
    asked = json.dumps(readable(sys.path, folders))
    command = [sys.executable, "-I", "-S", other_user.__file__]
    try:
        ran = subprocess.run(  # noqa: S603
            command, input=asked, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
        return ProbeUser(**json.loads(ran.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        raise ProbeUnavailable(one_line(str(error))) from error


def readable(path: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """What must be read to import modules from ``folders``."""
    packages = [str(folder) for folder in folders]
    return [*path, *packages, *(f"{package}/__init__.py" for package in packages)]
