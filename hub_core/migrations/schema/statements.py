"""SQL statements as the text of a revision: names and values as both databases read them."""

import re
from typing import Any

from .dialects import dialect
from .portable_types import literal


def quoted_label(label: str) -> str:
    """A text in single quotes."""
    return "'" + label.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """The name of a table, a column or a type; in double quotes where it is a word of SQL."""
    return dialect("postgresql").identifier_preparer.quote(name)


def quoted_value(value: Any) -> str:
    """A plain value: a text, a truth or a number."""
    return quoted_label(value) if isinstance(value, str) else str(value).lower()


def statement_text(statement: str) -> str:
    """A statement as ``op.execute`` takes it, where a colon would begin a parameter."""
    return literal(re.sub(r"(?<!:):(?=\w)", r"\\:", statement))
