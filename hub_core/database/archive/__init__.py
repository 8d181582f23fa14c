"""The portable archive: JSON lines of tables with their types in one file, for either database, encrypted where there is a key."""

from .archive_file import ARCHIVE_SUFFIX, Header, TableRows, read_portable, read_start, write_portable
from .filling import Filling, ValueNotPortable
from .sealed_file import BackupKeyWrong, BackupNotEncrypted, is_sealed

__all__ = [
    "ARCHIVE_SUFFIX",
    "BackupKeyWrong",
    "BackupNotEncrypted",
    "Filling",
    "Header",
    "TableRows",
    "ValueNotPortable",
    "is_sealed",
    "read_portable",
    "read_start",
    "write_portable",
]
