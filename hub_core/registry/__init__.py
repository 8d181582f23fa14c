"""The registry: what the database records of modules, wishes, operations and tokens. Tables of the module ``hub``."""

from .failures import recorded_failures, store_failures
from .journal import MigrationRow, finish_operation, history, note_migration, start_operation
from .modules import desired, is_prepared, last_document, record, recorded, store_desired
from .tables import METADATA, VERSIONS_FOLDER
from .tokens import revoke_tokens, store_token, token_hashes

__all__ = [
    "METADATA",
    "VERSIONS_FOLDER",
    "MigrationRow",
    "desired",
    "finish_operation",
    "history",
    "is_prepared",
    "last_document",
    "note_migration",
    "record",
    "recorded",
    "recorded_failures",
    "revoke_tokens",
    "start_operation",
    "store_desired",
    "store_failures",
    "store_token",
    "token_hashes",
]
