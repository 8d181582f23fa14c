"""Lines from a pipe whose other end may die, hang or never end its line."""

import os
import select
import time
from typing import Final

LARGEST_LINE: Final = 8 * 2**20


class Lines:
    """Reads one pipe. It never waits longer than it is told, nor keeps more than one line of a bearable size."""

    def __init__(self, file: int) -> None:
        self._file, self._read = file, bytearray()
        self._poll = select.poll()
        self._poll.register(file, select.POLLIN)

    def next(self, seconds: float) -> bytes | None:
        """The next line, ``None`` when there will be none; what came of a line that was never ended is dropped.

        :raises TimeoutError: when no line was complete in time.
        :raises ValueError: for a line of more than :data:`LARGEST_LINE` bytes.
        """
        until = time.monotonic() + seconds
        while (end := self._read.find(b"\n")) < 0:
            if len(self._read) > LARGEST_LINE:
                raise ValueError(f"more than {LARGEST_LINE} bytes without an end")
            if not self._poll.poll(max(0, (until - time.monotonic()) * 1000)):
                raise TimeoutError
            more = os.read(self._file, 2**20)
            if not more:
                return None
            self._read += more
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return line
