"""Which row COPY refused: PostgreSQL says it in the context of its error, in the language of the server."""

import re
from collections.abc import Sequence
from typing import Any


def refused_row(error: BaseException, table: str, columns: Sequence[str]) -> tuple[int, str] | None:
    """The row at which a COPY into ``table`` ended, and its column, empty where it names none; ``None`` for any other error."""
    diag: Any = getattr(error, "diag", None)
    found = re.search(rf"(?m)^(?:COPY )?{re.escape(table)}[^\d\n]+(\d+)(.*)", getattr(diag, "context", None) or "")
    if found is None:
        return None
    named = [(at.start(), column) for column in columns if (at := re.search(rf" {re.escape(column)} ?:", found[2]))]
    return int(found[1]), min(named)[1] if named else diag.column_name or ""
