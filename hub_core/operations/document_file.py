"""Read and write hub.toml, for every operation alike: a file that is not there wants nothing, and is no fault."""

from contextlib import suppress

from ..disk_space import disk_full_told
from ..errors import HubError
from ..planning import Desired, document
from ..settings import CONFIG_FILE, HubSettings


class ConfigNotWritable(HubError):
    """There is no hub.toml and none can be written."""

    code = "config_not_writable"

    def __init__(self, settings: HubSettings, error: OSError) -> None:
        super().__init__(
            f"cannot write {settings.config_file}",
            cause=error.strerror or str(error),
            remedy=f"Write a {CONFIG_FILE} there yourself, or run the hub in a folder that it may write",
        )


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


def write_document(settings: HubSettings, text: str) -> None:
    """Write hub.toml, whole or not at all; its rights stay as they are.

    :raises ConfigNotWritable: naming the file.
    """
    path = settings.config_file
    # under another name first: a hub.toml that is cut off, or empty, would say that nothing is wanted
    aside = path.with_name(f"{path.name}.new")
    try:
        with disk_full_told(f"cannot write {path}", path):
            aside.write_text(text, encoding="utf-8")
            if path.exists():
                aside.chmod(path.stat().st_mode)
            aside.replace(path)
    except OSError as error:
        raise ConfigNotWritable(settings, error) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
