"""``hub schema revision``: write the revision that is missing between a module's models and its revisions."""

from ...database import parse_url
from ...errors import HubError
from ...migrations import Written, write_revision
from ...settings import HubSettings
from .schema_modules import SchemaModule, on_disk


class NoSourceTree(HubError):
    """The module is installed as a copy: what is written into it is gone with the next install."""

    code = "no_source_tree"

    def __init__(self, module: SchemaModule) -> None:
        super().__init__(
            f"{module.name} is installed from a wheel, so a revision of it has no place to stay",
            cause=f"{module.source.folder} is a copy that the next install replaces",
            remedy=f"In the project of {module.name}: pip install --editable . (then run the command again)",
        )
        self.module = module.name


def schema_revision(settings: HubSettings, name: str, message: str) -> Written | None:
    """Write the revision of one module into its source tree; ``None`` when its revisions make what its models say.

    :raises NoSourceTree: when it is installed from a wheel.
    :raises SchemaUnavailable: when it is not installed or cannot run.
    :raises RevisionFails: when one of its revisions raises.
    """
    disk = on_disk(settings)
    module = disk.load(name)
    if module.found is not None and not module.found.editable:
        raise NoSourceTree(module)
    url = parse_url(settings.effective_database_url)
    return write_revision(url, module.source, module.metadata, module.owned(disk.owners), message)
