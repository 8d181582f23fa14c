"""What a command that was asked for over HTTP is told, and where it tells what it does.

It stands in a variable, as the command may go on in another environment: the id of the request, who asked, and the file of
its events. A look, such as with ``--dry-run``, has a file for its failure alone, and no id.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import HubError
from .launching import REQUEST
from .masking import masked_value

if TYPE_CHECKING:
    from ..operations.operation_events import OperationEvents


def take_over() -> None:
    """Let what this process does be that of who asked over HTTP, where somebody did."""
    from ..registry import ASKED_BY, Asked

    told = _told()
    if told.get("id"):
        ASKED_BY.set(Asked(id=told["id"], principal=told["principal"], address=told["address"]))


@cache
def events() -> "OperationEvents | None":
    """Where this process tells what it does, if anybody wants to know."""
    told = _told()
    if not told:
        return None
    from ..operations.event_file import EventFile
    from ..operations.operation_events import OperationEvents

    return OperationEvents(EventFile(Path(told["file"])).add)


def tell_failure(error: HubError) -> None:
    """Tell why the command did not do it."""
    if (told := events()) is not None:
        about = {"code": error.code, "problem": error.problem, "cause": error.cause, "remedy": error.remedy}
        about = masked_value(about)
        told.tell("failed", str(about["problem"]), detail=about)


def _told() -> dict[str, Any]:
    try:
        told = json.loads(os.environ.get(REQUEST, "{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
