"""Databases: URLs, connections, the one engine with its sessions, and the lock of who may change the schema."""

from .archive import (
    ARCHIVE_SUFFIX,
    BackupKeyWrong,
    BackupNotEncrypted,
    Filling,
    Header,
    TableRows,
    ValueNotPortable,
    is_sealed,
    read_portable,
    read_start,
    write_portable,
)
from .backup_content import BackupContent, BackupUnreadable, ModuleContent, TableContent
from .call_session import CallSession, CommitFailed
from .completed_file import PART, completed
from .connection import connect, engine_of
from .database import Database
from .driver_text import forget_details, plain_text, refusal_text
from .lock import LeaderBusy, leader_lock, note_migrating
from .model_extensions import ModelExtensions
from .outage import AS_BEFORE, HALF_WAY, IN_DOUBT, DatabaseGone, told, where
from .ownership import TableOwners
from .placement import PlacementUnsupported, schema_of, search_in
from .postgresql_tables import PostgresqlTables
from .read_progress import watched_reading
from .regular_file import open_regular
from .sqlite_copy import copy_sqlite, open_sqlite_backup
from .sqlite_holder import DatabaseLocked
from .sqlite_tables import SqliteTables, quoted
from .table_archive import read_archive, write_archive
from .unreachable import DatabaseMissing, DatabaseUnreachable, sqlite_obstacle
from .url import DatabaseRefused, DatabaseUrl, parse_url

__all__ = [
    "ARCHIVE_SUFFIX",
    "AS_BEFORE",
    "HALF_WAY",
    "IN_DOUBT",
    "PART",
    "BackupContent",
    "BackupKeyWrong",
    "BackupNotEncrypted",
    "BackupUnreadable",
    "CallSession",
    "CommitFailed",
    "Database",
    "DatabaseGone",
    "DatabaseLocked",
    "DatabaseMissing",
    "DatabaseRefused",
    "DatabaseUnreachable",
    "DatabaseUrl",
    "Filling",
    "Header",
    "LeaderBusy",
    "ModelExtensions",
    "ModuleContent",
    "PlacementUnsupported",
    "PostgresqlTables",
    "SqliteTables",
    "TableContent",
    "TableOwners",
    "TableRows",
    "ValueNotPortable",
    "completed",
    "connect",
    "copy_sqlite",
    "engine_of",
    "forget_details",
    "is_sealed",
    "leader_lock",
    "note_migrating",
    "open_regular",
    "open_sqlite_backup",
    "parse_url",
    "plain_text",
    "quoted",
    "read_archive",
    "read_portable",
    "read_start",
    "refusal_text",
    "schema_of",
    "search_in",
    "sqlite_obstacle",
    "told",
    "watched_reading",
    "where",
    "write_archive",
    "write_portable",
]
