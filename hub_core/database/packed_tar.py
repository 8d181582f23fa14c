"""The compressed tar of a backup, read as a stream: one gzip member that holds one tar, and nothing behind either.

:mod:`gzip` reads on in a member that follows another, and :mod:`tarfile` looks at nothing behind the end of a tar: to both, a file
with something appended is as good as the one that was written.
"""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import tarfile

GZIP: Final = b"\x1f\x8b"
"""How such a file begins."""
_READ_BYTES: Final = 1 << 16
_WITH_HEADER: Final = 16 + zlib.MAX_WBITS


@contextmanager
def opened_tar(packed: IO[bytes] | io.RawIOBase) -> Iterator["tarfile.TarFile"]:
    """Yield the tar in ``packed``, which is at its beginning; reading raises ``EOFError`` or ``zlib.error`` where it is damaged."""
    import tarfile  # here, because it takes 4 ms, and most starts read no backup

    with tarfile.open(fileobj=io.BufferedReader(_OneMember(packed), _READ_BYTES), mode="r|") as tar:
        yield tar


def read_to_end(tar: "tarfile.TarFile") -> None:
    """Read what is behind the last file of a tar, to the checksum of all.

    :raises ValueError: when anything is there but the zeros that end a tar.
    """
    assert tar.fileobj is not None, "it is open"
    while rest := tar.fileobj.read(_READ_BYTES):
        if rest.strip(b"\0"):
            raise ValueError("something follows its end")


class _OneMember(io.RawIOBase):
    """What one gzip member unpacks to; its checksum is held against that at the end."""

    def __init__(self, packed: IO[bytes] | io.RawIOBase) -> None:
        self._packed, self._unpacking = packed, zlib.decompressobj(_WITH_HEADER)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._unpacking.eof:
            packed = self._unpacking.unconsumed_tail or self._packed.read(_READ_BYTES) or b""
            plain = self._unpacking.decompress(packed, len(buffer))
            if plain:
                buffer[: len(plain)] = plain
                return len(plain)
            if not packed:
                raise EOFError("it ends before its end was written")
        if self._unpacking.unused_data or self._packed.read(1):
            raise ValueError("something follows its end")
        return 0
