"""Why models are refused: tables that cannot be made, and types that only one kind of database has."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError, UnsupportedCompilationError

from ...errors import HubError
from .dialects import dialect

if TYPE_CHECKING:
    from .declared_tables import Declared, DeclaredColumn

_CALLED = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class ModelsRefused(HubError):
    """The tables that models describe cannot be made, on this kind of database or on any."""

    code = "models_refused"

    def __init__(self, kind: str, error: SQLAlchemyError) -> None:
        super().__init__(
            f"the tables of the models cannot be made on {kind}",
            cause=" ".join(str(getattr(error, "orig", None) or error).split()),
            remedy="Correct the models: constraints need names, and types and expressions both kinds of database know",
        )


class TypeNotEverywhere(HubError):
    """A column has a type that one kind of database does not have, so its revision could not run there."""

    code = "type_not_everywhere"

    def __init__(self, table: str, column: str, type_name: str, kind: str) -> None:
        super().__init__(
            f"{table}.{column} has the type {type_name}, which {_CALLED[kind]} does not have",
            cause="a revision runs on both kinds of database, whichever it was written on",
            remedy=f'Say in the model what the column is there: {type_name}(…).with_variant(…, "{kind}")',
        )
        self.table, self.column, self.type_name, self.kind = table, column, type_name, kind


def refuse_types_missing(models: "Declared", kinds: Iterable[str]) -> None:
    """Refuse models with a type that one of ``kinds`` does not have.

    :raises TypeNotEverywhere: for the first such column.
    """
    for kind in kinds:
        for table in models.tables.values():
            for column in table.columns.values():
                if not has_type(column, kind):
                    raise TypeNotEverywhere(table.name, column.name, type(column.type).__name__, kind)


def has_type(column: "DeclaredColumn", kind: str) -> bool:
    """Whether ``kind`` has the type of a column; what else is wrong with it is told when its table is made."""
    try:
        column.type.compile(dialect=dialect(kind))
    except UnsupportedCompilationError:
        return False
    except SQLAlchemyError:
        return True
    return True
