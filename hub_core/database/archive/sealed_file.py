"""An encrypted file that is written and read as a stream: AES-256-GCM over chunks of 64 KiB, after STREAM.

The construction is that of Hoang, Reyhanitabar, Rogaway and Vizár (2015), as age has it: the nonce of a chunk is its number
and whether it is the last one. So a chunk that is changed, left out, moved or cut off at the end does not decrypt. Each file has
a key of its own, derived (HKDF, RFC 5869) from the secret and a salt in the header, so that numbers may begin at zero in each.
"""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from ...errors import HubError

MAGIC: Final = b"hub archive, encrypted, 1\n"
CHUNK_BYTES: Final = 1 << 16
_SALT_BYTES: Final = 16
_CHECK_BYTES: Final = 8
_TAG_BYTES: Final = 16
HEADER_BYTES: Final = len(MAGIC) + _SALT_BYTES + _CHECK_BYTES


class BackupNotEncrypted(HubError):
    """An archive that anybody could have written, where only those that are encrypted are to be read; nothing was changed."""

    code = "backup_not_encrypted"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not encrypted, and backup_key is set",
            cause="only a key shows that nobody changed an archive",
            remedy="Where you trust the file, run the command with HUB_BACKUP_KEY= (empty)",
        )
        self.path = path


class BackupKeyWrong(HubError):
    """An archive is encrypted, and none of the keys in the settings is the one; nothing was changed."""

    code = "backup_key_wrong"

    def __init__(self, path: Path, keys: int) -> None:
        super().__init__(
            f"{path} is encrypted and cannot be read",
            cause=f"none of the {keys} keys in backup_key is the one it was written with"
            if keys > 1
            else "it was written with another key than backup_key"
            if keys
            else "the setting backup_key is not set",
            remedy="Set HUB_BACKUP_KEY to the key it was written with; a former one may stand behind the present one and a comma",
        )
        self.path = path


def is_sealed(path: Path) -> bool:
    """Whether a file begins as an encrypted one."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class SealedWriter(io.RawIOBase):
    """Encrypts what is written into ``file``; :meth:`close` writes the last chunk and leaves ``file`` open."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        salt = os.urandom(_SALT_BYTES)
        self._cipher, check = _cipher(key, salt)
        self._file, self._header, self._number = file, MAGIC + salt + check, 0
        self._waiting = bytearray()
        file.write(self._header)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take ``data``; whole chunks are written, but for the one that may be the last."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]
        return len(data)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._seal(bytes(self._waiting), is_last=True)
        super().close()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last=is_last), chunk, self._header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Decrypts ``file``, which is at its beginning, with the first of ``keys`` that fits.

    :raises BackupKeyWrong: when none does.
    :raises ValueError: from the read that meets something that was not written so.
    """

    def __init__(self, file: IO[bytes], path: Path, keys: Sequence[bytes]) -> None:
        self._header = file.read(HEADER_BYTES)
        if len(self._header) < HEADER_BYTES:
            raise ValueError("it ends within its header")
        salt, check = self._header[len(MAGIC) : -_CHECK_BYTES], self._header[-_CHECK_BYTES:]
        found = next((cipher for cipher, own in (_cipher(key, salt) for key in keys) if own == check), None)
        if found is None:
            raise BackupKeyWrong(path, len(keys))
        self._cipher, self._file, self._number = found, file, 0
        self._next, self._plain, self._at = self._sealed(), b"", 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` with what comes next; 0 at the end."""
        while self._at == len(self._plain) and self._next:
            self._plain, self._at = self._opened(), 0
        count = min(len(buffer), len(self._plain) - self._at)
        buffer[:count] = self._plain[self._at : self._at + count]
        self._at += count
        return count

    def _opened(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        chunk, self._next = self._next, self._sealed()
        nonce = _nonce(self._number, is_last=not self._next)
        self._number += 1
        try:
            plain: bytes = self._cipher.decrypt(nonce, chunk, self._header)
        except InvalidTag as error:
            raise ValueError("it was changed since it was encrypted, or cut off") from error
        return plain

    def _sealed(self) -> bytes:
        return self._file.read(CHUNK_BYTES + _TAG_BYTES)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(key: bytes, salt: bytes) -> tuple[Any, bytes]:
    """The cipher of one file, and the bytes by which its key is known again."""
    # here, because it takes 20 ms to import, and most archives are not encrypted
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32 + _CHECK_BYTES, salt=salt, info=MAGIC).derive(key)
    return AESGCM(derived[:32]), derived[32:]
