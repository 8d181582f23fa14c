"""The registry: what the database records of modules, wishes, operations and tokens. Tables of the module ``hub``."""

from .failures import forget_failure, recorded_failures, store_failure, store_failures
from .journal import MigrationRow, finish_operation, history, note_migration, start_operation, unfinished
from .loaded_data import RowName, Values, forget_loaded, loaded_digests, loaded_rows, note_loaded
from .modules import CoreTablesDiffer, desired, is_prepared, last_document, record, recorded, store_desired
from .tables import CORE_PREFIX, CORE_REVISION, METADATA, VERSIONS_FOLDER, fuses, seeds
from .tables_recorded import owned_tables, record_tables
from .tokens import revoke_tokens, store_token, token_hashes

__all__ = [
    "CORE_PREFIX",
    "CORE_REVISION",
    "METADATA",
    "VERSIONS_FOLDER",
    "CoreTablesDiffer",
    "MigrationRow",
    "RowName",
    "Values",
    "desired",
    "finish_operation",
    "forget_failure",
    "forget_loaded",
    "fuses",
    "history",
    "is_prepared",
    "last_document",
    "loaded_digests",
    "loaded_rows",
    "note_loaded",
    "note_migration",
    "owned_tables",
    "record",
    "record_tables",
    "recorded",
    "recorded_failures",
    "revoke_tokens",
    "seeds",
    "start_operation",
    "store_desired",
    "store_failure",
    "store_failures",
    "store_token",
    "token_hashes",
    "unfinished",
]
