"""Write into hub.toml what a command changed, and leave everything else in it as it is: order, comments, spelling."""

import os
from collections.abc import Collection, Mapping

from ..errors import HubError
from ..settings import HubSettings
from .document_file import document_text, write_document
from .folders import may, obstacle_to_writing


class DocumentNotEdited(HubError):
    """hub.toml is not what it must be, so that nothing can be set in it."""

    code = "document_not_edited"

    def __init__(self, error: Exception) -> None:
        super().__init__(
            "hub.toml could not be edited",
            cause=f"{type(error).__name__}: {error}",
            remedy="Mend it; see hub plan for where it and the database differ",
        )


def edited(text: str, enabled: Mapping[str, bool], removed: Collection[str] = ()) -> str:
    """``text`` with ``enabled`` set of each module, and nothing of those ``removed``; one that is not named is added at its end."""
    import tomlkit  # here, because only few commands need it

    document = tomlkit.parse(text)
    modules = document.setdefault("modules", tomlkit.table(is_super_table=True))
    for name, is_enabled in enabled.items():
        if name not in modules:
            modules[name] = tomlkit.table()
        if modules[name].get("enabled", True) != is_enabled or "enabled" not in modules[name]:
            modules[name]["enabled"] = is_enabled
    for name in removed:
        modules.pop(name, None)
    text = tomlkit.dumps(document)
    return text.rstrip("\n") + "\n" if removed else text


def is_editable(settings: HubSettings) -> bool:
    """Whether there is a hub.toml that this user may write."""
    path = settings.config_file
    return path.is_file() and not obstacle_to_writing(path.parent) and may(path, os.W_OK)


def edit_document(settings: HubSettings, enabled: Mapping[str, bool], removed: Collection[str] = ()) -> None:
    """Write it into the file, if there is one.

    :raises DocumentNotEdited: when that is no TOML, or says something else where modules are named.
    """
    text = document_text(settings)
    if text is None or not (enabled or removed):
        return
    try:
        new = edited(text, enabled, removed)
    except (ValueError, AttributeError, TypeError) as error:
        raise DocumentNotEdited(error) from error
    if new != text:
        write_document(settings, new)
