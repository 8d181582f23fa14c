"""Databases: URLs, connections, the one engine with its sessions, and the lock of who may change the schema."""

from .call_session import CallSession, CommitFailed
from .connection import connect
from .database import Database
from .lock import LeaderBusy, leader_lock
from .outage import DatabaseGone, DiskFull, disk_full_told, told, where, whole
from .ownership import TableOwners
from .placement import PlacementUnsupported, schema_of, search_in
from .unreachable import DatabaseMissing, DatabaseUnreachable, sqlite_obstacle
from .url import DatabaseRefused, DatabaseUrl, parse_url

__all__ = [
    "CallSession",
    "CommitFailed",
    "Database",
    "DatabaseGone",
    "DatabaseMissing",
    "DatabaseRefused",
    "DatabaseUnreachable",
    "DatabaseUrl",
    "DiskFull",
    "LeaderBusy",
    "PlacementUnsupported",
    "TableOwners",
    "connect",
    "disk_full_told",
    "leader_lock",
    "parse_url",
    "schema_of",
    "search_in",
    "sqlite_obstacle",
    "told",
    "where",
    "whole",
]
