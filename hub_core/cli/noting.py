"""Write down what does not come up where the hub serves, for commands beside it."""

import logging
import threading
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from ..errors import HubError
from ..planning import Failure
from ..settings import HubSettings

log = logging.getLogger(__name__)


def note_all(settings: HubSettings, failures: Mapping[str, Failure]) -> None:
    """Write down what did not come up; the hub serves, whether that can be written or not."""
    from ..operations.recorded_state import note_failures

    try:
        note_failures(settings, failures)
    except (HubError, SQLAlchemyError) as error:
        log.warning("what did not come up was not written down: %s", type(error).__name__)


def note_change(settings: HubSettings, module: str, failure: Failure | None) -> None:
    """Write it down for commands beside this process, where nobody waits for it."""
    from ..operations.recorded_state import note_failure

    def note() -> None:
        try:
            note_failure(settings, module, failure)
        except (HubError, SQLAlchemyError) as error:
            log.warning("that %s changed was not written down: %s", module, type(error).__name__)

    threading.Thread(target=note, name=f"{module} is written down", daemon=True).start()
