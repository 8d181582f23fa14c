"""What a migration did that it may not, and the statement it did it with."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, event

from ...database import TableOwners
from ...errors import HubError
from ..source import MigrationSource

_LONGEST: Final = 160
_MOST_STATEMENTS: Final = 10_000
_MOST_VIOLATIONS: Final = 10


class OwnershipViolated(HubError):
    """A migration touched what is not its module's, or ended the hub's transaction; nothing of it was kept.

    :param by: the hook that did it, where it was no revision.
    """

    code = "ownership_violated"

    def __init__(self, source: MigrationSource, violations: Iterable[str], *, by: str | None = None) -> None:
        self.module, self.violations = source.module, tuple(dict.fromkeys(violations))
        shown = self.violations[:_MOST_VIOLATIONS]
        more = len(self.violations) - len(shown)
        super().__init__(
            f"{by or 'the migration'} of {source.module} touches what is not its own",
            cause="; ".join([*shown, f"and {more} more"] if more else shown),
            remedy=f"Correct {by or 'the revision'}: tables of {source.module} begin with {source.table_prefix}, and other modules "
            "change theirs themselves",
        )


class Statements:
    """The statements a connection ran through SQLAlchemy, without the values bound to them."""

    def __init__(self) -> None:
        self._texts: deque[str] = deque(maxlen=_MOST_STATEMENTS)

    @contextmanager
    def heard(self, connection: Connection) -> Iterator[None]:
        """Remember what ``connection`` runs during the block."""

        def hear(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
            self._texts.append(statement)

        event.listen(connection, "before_cursor_execute", hear)
        try:
            yield
        finally:
            event.remove(connection, "before_cursor_execute", hear)

    def last(self) -> str:
        """The last one, as the end of a sentence; empty for what came another way, as from a driver's own cursor."""
        return _said(self._texts[-1]) if self._texts else ""

    def about(self, *words: str) -> str:
        """The last one that names all of ``words``, else nothing."""
        patterns = [re.compile(rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])", re.IGNORECASE) for word in words]
        for statement in reversed(self._texts):
            if all(pattern.search(statement) for pattern in patterns):
                return _said(statement)
        return ""


def whose(owners: TableOwners, name: str) -> str:
    """Whose ``name`` is, as the end of a sentence."""
    owner = owners.owner(name)
    return f"which belongs to {'the hub' if owner == 'hub' else owner}" if owner else "which is no table of this module"


def _said(statement: str) -> str:
    text = " ".join(statement.split())
    return f" ({text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'})"
