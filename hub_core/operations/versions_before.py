"""Which release a module, a library or the hub itself was upgraded from last, as the history has it."""

from collections.abc import Sequence

from packaging.utils import canonicalize_name
from sqlalchemy import Connection

from ..catalog import Catalog
from ..errors import HubError
from ..planning import ModuleUnknown
from ..registry import DONE, generation, operations, recorded, recorded_lock, steps_of
from ..settings import HubSettings
from .installed import installed_catalog
from .locked import stored_lock
from .recorded_state import registry_connection


class VersionUnnamed(HubError):
    """Nothing says which release to go back to."""

    code = "version_unnamed"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"no upgrade of {name} is in the history that could be taken back",
            remedy=f"Say to which release: hub downgrade '{name}==VERSION'",
        )
        self.name = name


def versions_before(settings: HubSettings, texts: Sequence[str]) -> tuple[str, ...]:
    """``texts`` as requirements: what is named alone goes back to the release that it was upgraded from last.

    :raises VersionUnnamed: when nothing says which that was.
    :raises ModuleUnknown: when nothing of that name is installed or recorded.
    """
    catalog = installed_catalog(settings)
    found = {each.name: each for each in catalog.modules} | {each.distribution: each for each in catalog.modules}
    answer = []
    for text in texts:
        name, equals, version = text.partition("==")
        module = found.get(name.strip())
        distribution = module.distribution if module else name
        if not equals:
            with registry_connection(settings) as connection:
                version = _module_before(connection, module.name if module else name) or ""
                version = version or _distribution_before(connection, settings, distribution) or ""
                if not version:
                    _refuse_unknown(connection, settings, name, catalog)
                    raise VersionUnnamed(module.name if module else name)
        answer.append(f"{distribution}=={version}")
    return tuple(answer)


def _refuse_unknown(connection: Connection, settings: HubSettings, name: str, catalog: Catalog) -> None:
    modules = {*(each.name for each in catalog.modules), *recorded(connection)}
    is_installed = canonicalize_name(name) in catalog.distributions
    if (
        name not in modules
        and not is_installed
        and _locked(connection, settings, name, generation(connection).lock) is None
    ):
        raise ModuleUnknown(name, sorted(modules))


def _module_before(connection: Connection, name: str) -> str | None:
    row = recorded(connection).get(name)
    for operation in reversed(operations(connection, module=name)):
        for step in steps_of(connection, operation.id):
            is_upgrade = step.kind == "upgrade" and step.module == name and step.outcome == DONE
            if is_upgrade and step.before is not None and row is not None and step.before.version != row.version:
                return step.before.version
    return None


def _distribution_before(connection: Connection, settings: HubSettings, name: str) -> str | None:
    now = _locked(connection, settings, name, generation(connection).lock)
    for operation in reversed(operations(connection)):
        if now is not None and operation.kind == "upgrade" and operation.outcome == DONE:
            after, before = (
                _locked(connection, settings, name, operation.intent.get(each)) for each in ("lock", "before")
            )
            if after == now and before not in (None, now):
                return before
    return None


def _locked(connection: Connection, settings: HubSettings, name: str, digest: str | None) -> str | None:
    stored = recorded_lock(connection, digest) if digest is not None else None
    package = stored_lock(settings, stored).by_name.get(canonicalize_name(name)) if stored else None
    return package.version if package else None
