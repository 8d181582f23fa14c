"""A command in a real pseudo-terminal of a given size: what a person sees, and the bytes that drew it."""

import fcntl
import os
import re
import struct
import subprocess
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What one command wrote to a terminal: ``raw`` with the escapes that colour it, and how it ended."""

    raw: str
    returncode: int

    @property
    def text(self) -> str:
        """Without colours, as on paper. Any other escape is left in, so that a test sees it."""
        return _COLOUR.sub("", self.raw).replace("\r\n", "\n")

    @property
    def lines(self) -> list[str]:
        """The lines, without the spaces that fill them up."""
        return [line.rstrip() for line in self.text.splitlines()]


def on_screen(
    *command: str | Path, columns: int, rows: int = 50, cwd: Path, environment: Mapping[str, str], seconds: float = 60
) -> Screen:
    """Run ``command`` to its end with a terminal as its standard streams."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    variables = {**environment, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, cwd=cwd, env=variables, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    written = bytearray()
    while chunk := _chunk(ours):
        written += chunk
    os.close(ours)
    return Screen(raw=written.decode(), returncode=process.wait(seconds))


def _chunk(descriptor: int) -> bytes:
    """The next bytes; none at the end, which Linux tells as an error."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
