"""A module runs as it was installed: files that were replaced or edited are found before they are imported."""

import logging

from ..catalog import FoundModule, change_since, edited_file
from ..errors import HubError
from ..loading import ModuleFailed
from ..settings import HubSettings

log = logging.getLogger(__name__)


class ModuleChanged(HubError):
    """The files of a module are not those this process found; they are never mixed with what runs."""

    code = "module_changed"

    def __init__(self, module: str, change: str) -> None:
        super().__init__(
            f"the files of {module} were changed after this process had started",
            cause=change,
            remedy="Restart this process: it takes up what is installed now",
        )


class ModuleEdited(HubError):
    """A file of a module is not the one that its distribution brought, or is none that it brought."""

    code = "module_edited"

    def __init__(self, module: FoundModule, file: str) -> None:
        super().__init__(
            f"{module.name} is not as it was installed",
            cause=f"{file} was edited or added",
            remedy=f"Install it again: pip install --force-reinstall {module.distribution}=={module.version}; "
            'or let it run so: edited_files = "allow" under [hub]',
        )


def refuse_changes(settings: HubSettings, module: FoundModule) -> None:
    """Hold a module's files against what was found when this process started, and against what was installed.

    :raises ModuleFailed: of phase *changed*.
    """
    change = change_since(module)
    if change is not None:
        raise ModuleFailed(module.name, "changed", ModuleChanged(module.name, change))
    edited = edited_file(module)
    if edited is not None and settings.edited_files == "refuse":
        raise ModuleFailed(module.name, "changed", ModuleEdited(module, edited))
    if edited is not None:
        log.warning("%s runs although %s was edited or added", module.name, edited)
