"""What a command that was asked for over HTTP is told, and where it tells what it does.

It stands in a variable, as the command may go on in another environment: the id of the request, who asked, and the file of
its events. A look, such as with ``--dry-run``, has a file for its failure alone, and no id.
"""

import json
import os
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import HubError
from .masking import masked_value

if TYPE_CHECKING:
    from ..operations.actor import Requested
    from ..operations.operation_events import OperationEvents

VARIABLE: Final = "HUB_REQUEST"


def variable(requested: "Requested", file: Path) -> str:
    """What :data:`VARIABLE` is to hold."""
    return json.dumps({**asdict(requested), "file": str(file)})


def requested() -> "Requested | None":
    """Who asked over HTTP for what this process does; ``None`` where a person or a script called it."""
    from ..operations.actor import Requested

    told = _told()
    if not told.get("id"):
        return None
    return Requested(id=told["id"], principal=told["principal"], address=told["address"])


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
        told = json.loads(os.environ.get(VARIABLE, "{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
