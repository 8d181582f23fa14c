"""Read hub.toml, for every operation alike: a file that is not there wants nothing, and is no fault."""

from ..planning import Desired, document
from ..settings import HubSettings


def document_text(settings: HubSettings) -> str | None:
    """The text of hub.toml, ``None`` where there is no such file."""
    try:
        return settings.config_file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def written(settings: HubSettings) -> Desired | None:
    """The wishes in hub.toml, ``None`` where there is no such file; :class:`DocumentInvalid` names its faults."""
    text = document_text(settings)
    return None if text is None else document(text)
