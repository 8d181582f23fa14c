"""A file of data behind a checksum, for what is kept for later and may be lost: damage never passes for content.

The first line is a SHA-256 over who wrote it and the body, the body is JSON. So what another program wrote, another
release of this one, or half a disk block, is as if it were not there.
"""

import hashlib
import json
import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .reading import Reader, Unreadable


def read_sealed(file: Path, writer: bytes, largest: int) -> Any:
    """What ``writer`` wrote there, ``None`` for anything else. Its shape is for the caller to check."""
    try:
        checksum, _, body = (Reader().read(str(file), largest) or b"").partition(b"\n")
        return json.loads(body) if checksum == _checksum(writer, body) else None
    except (Unreadable, ValueError, RecursionError, MemoryError):
        return None


def write_sealed(file: Path, writer: bytes, value: object, mode: int, *, sweeps: bool = True) -> None:
    """Put a whole new file in the place of the old one, or leave that. Whoever reads meanwhile sees all or nothing.

    :param sweeps: whether what writers left that were killed is removed.
    """
    if sweeps:
        _sweep(file)
    body = json.dumps(value, separators=(",", ":")).encode()
    aside = Path(f"{file}.{os.getpid()}-{threading.get_ident()}-{time.time_ns()}")
    with suppress(OSError):
        opened = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(opened, "wb") as new:
                new.write(sealed(writer, body))
            aside.replace(file)
        except OSError:
            aside.unlink()
            raise


def _sweep(file: Path) -> None:
    left = re.compile(re.escape(file.name) + r"\.(\d+)-\d+-\d+")
    with suppress(OSError):
        for each in file.parent.iterdir():
            if (found := left.fullmatch(each.name)) and not _is_running(int(found[1])):
                each.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def sealed(writer: bytes, body: bytes) -> bytes:
    """The content of a file of ``writer``."""
    return _checksum(writer, body) + b"\n" + body


def _checksum(writer: bytes, body: bytes) -> bytes:
    return hashlib.sha256(writer + body).hexdigest().encode()
