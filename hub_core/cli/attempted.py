"""What is written down of commands that were refused, and what is told to who asked for them over HTTP."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..error_text import error_line
from ..errors import HubError
from ..settings import HubSettings
from .carry import VARIABLE
from .requested import tell_failure

AUDITED: Final = frozenset(
    {
        *("install", "upgrade", "downgrade", "rollback", "enable", "disable", "uninstall", "move"),
        *("restore", "backup", "migrate", "environment"),
    }
)
"""The first word of each command whose every attempt is written down."""
_WRITTEN_DOWN: Final = ("change_undone", "operation_not_undone", "restore_failed")
"""What the rows of an operation say already."""


def called(variables: Mapping[str, str]) -> list[str]:
    """What somebody called that ``hub carry`` goes on with in another environment."""
    with suppress(ValueError, KeyError, TypeError):
        return [str(word) for word in json.loads(variables.get(VARIABLE, ""))["command"]]
    return []


def written_down(action: str, names: Iterable[str], settings: HubSettings, *, options: Mapping[str, Any]) -> None:
    """Write down that a command was carried out that is no operation; of one that was asked for over HTTP that is known."""
    from ..database import connect, parse_url
    from ..operations.actor import this_actor
    from ..registry import ASKED_BY, attempt_here, note_attempt

    if ASKED_BY.get() is None:
        with connect(parse_url(settings.effective_database_url)) as connection:
            note_attempt(
                connection, attempt_here(action, actor=this_actor(), modules=[*names], options=options), "done"
            )
            connection.commit()


def refused(arguments: Sequence[str], error: HubError) -> None:
    """Tell who asked, or write down in the audit log, that a command was refused. A hub without a database has no such log."""
    tell_failure(error)
    if not arguments or arguments[0] not in AUDITED:
        return
    from ..registry import ASKED_BY

    if (
        ASKED_BY.get() is not None
        or error.code in _WRITTEN_DOWN
        or not {"--dry-run", "--check", "--sql"}.isdisjoint(arguments)
    ):
        return
    from sqlalchemy.exc import SQLAlchemyError

    from ..database import connect, parse_url
    from ..operations.actor import this_actor
    from ..registry import attempt_here, is_prepared, note_attempt
    from ..settings import read_settings

    names = [word for word in arguments[1:] if not word.startswith("-")]
    attempt = attempt_here(arguments[0], actor=this_actor(), modules=names, options={"arguments": [*arguments[1:]]})
    with suppress(HubError, SQLAlchemyError, OSError):
        url = parse_url(read_settings(Path.cwd()).effective_database_url)
        with connect(url, read_only=True) as connection:
            if not is_prepared(connection):
                return
        with connect(url) as connection:
            note_attempt(connection, attempt, "refused", code=error.code, reason=error_line(error))
            connection.commit()
