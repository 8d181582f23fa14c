"""Databases: URLs, connections, the one engine with its sessions, and the lock of who may change the schema."""

from .call_session import CallSession, CommitFailed
from .connection import connect
from .database import Database
from .lock import LeaderBusy, leader_lock
from .ownership import TableOwners
from .unreachable import DatabaseMissing, DatabaseUnreachable, sqlite_obstacle
from .url import DatabaseRefused, DatabaseUrl, parse_url

__all__ = [
    "CallSession",
    "CommitFailed",
    "Database",
    "DatabaseMissing",
    "DatabaseRefused",
    "DatabaseUnreachable",
    "DatabaseUrl",
    "LeaderBusy",
    "TableOwners",
    "connect",
    "leader_lock",
    "parse_url",
    "sqlite_obstacle",
]
