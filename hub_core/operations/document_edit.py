"""Write into hub.toml what a command changed, and leave everything else in it as it is: order, comments, spelling."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from ..errors import HubError
from ..planning import Placement
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEdit:
    """What a command changes: ``enabled`` and ``placement`` of modules by name, and those of which nothing is said any more."""

    enabled: Mapping[str, bool] = field(default_factory=dict)
    placement: Mapping[str, Placement] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is changed at all."""
        return bool(self.enabled or self.placement or self.removed)

    def as_json(self) -> dict[str, Any]:
        """The part of an operation's intent that says so."""
        return asdict(self)

    @classmethod
    def of(cls, intent: Mapping[str, Any]) -> Self:
        """What an operation was about to write."""
        return cls(
            enabled=intent.get("enabled", {}),
            placement=intent.get("placement", {}),
            removed=tuple(intent.get("removed", ())),
        )

    def apply(self, text: str) -> str:
        """``text`` with it; a module that is not named is added at the end.

        :raises ValueError: or what else tomlkit raises, when it is no TOML or has something else where modules are named.
        """
        import tomlkit  # here, because only few commands need it

        document = tomlkit.parse(text)
        modules = document.setdefault("modules", tomlkit.table(is_super_table=True))
        for key, default, wishes in (("enabled", True, self.enabled), ("placement", "shared", self.placement)):
            for name, wish in wishes.items():
                if name not in modules:
                    modules[name] = tomlkit.table()
                if modules[name].get(key, default) != wish or key not in modules[name]:
                    modules[name][key] = wish
        for name in self.removed:
            modules.pop(name, None)
        text = tomlkit.dumps(document)
        return text.rstrip("\n") + "\n" if self.removed else text


def is_editable(settings: HubSettings) -> bool:
    """Whether there is a hub.toml that this user may write."""
    path = settings.config_file
    return path.is_file() and not obstacle_to_writing(path.parent) and may(path, os.W_OK)


def edit_document(settings: HubSettings, edit: DocumentEdit) -> None:
    """Write it into the file, if there is one.

    :raises DocumentNotEdited: when that is no TOML, or says something else where modules are named.
    """
    text = document_text(settings)
    if text is None or not edit:
        return
    try:
        new = edit.apply(text)
    except (ValueError, AttributeError, TypeError) as error:
        raise DocumentNotEdited(error) from error
    if new != text:
        write_document(settings, new)
