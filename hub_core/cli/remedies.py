"""What mends something, for where this process runs: into an environment of the hub nothing is installed but by the hub."""

import re
import sys
from pathlib import Path
from typing import Final

from .launching import LOCK_FILE

_PIP: Final = re.compile(r"\bpip install (?P<upgrade>--upgrade )?(?=['\w])")


def remedy_here(text: str) -> str:
    """``text``, which says ``pip install`` where somebody made the environment by hand, and ``hub install`` where the hub did."""
    if not Path(sys.prefix, LOCK_FILE).exists():
        return text
    return _PIP.sub(lambda found: "hub upgrade " if found["upgrade"] else "hub install ", text)
