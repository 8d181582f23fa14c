"""Load one module: import it, ask its wiring hooks, and hold the answers against the contract."""

import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from hub_hookspecs import ModelExtension, RouteOverride, RouterMount
from pydantic import BaseModel
from sqlalchemy import MetaData

from ..catalog import FoundModule
from ..containment import is_contained
from ..database import forget_details
from ..errors import HubError
from ..hooks import HookFailed, ModuleHooks
from ..manifest import Manifest
from ..migrations import MigrationFailed, MigrationSource, heads
from .added_fields import checked_extensions, extensible_models, refuse_unknown_models
from .changed_process import ChangedProcess, shortened
from .route_overrides import checked_overrides, refuse_unknown_routes
from .routes import FlatRoute, flat_routes
from .standard_layout import StandardLayout


class ModuleFailed(HubError):
    """A module could not be brought into service; the others go on. ``phase`` is where it ended.

    ``kind`` says in a word or two what happened, ``revision`` in which revision, ``details`` is the traceback. It
    ``is_quarantined`` when its next try could be the end of this process, and ``is_final`` when this process does not try it
    again.
    """

    code = "module_failed"

    def __init__(
        self, module: str, phase: str, cause: BaseException, *, kind: str | None = None, details: str | None = None
    ) -> None:
        forget_details(cause)
        told = cause.cause or cause.problem if isinstance(cause, HubError) else _told(cause)
        super().__init__(
            f"{module} failed: {phase}",
            cause=told,
            remedy=cause.remedy
            if isinstance(cause, HubError)
            else f"Correct {module}, or install a release that works",
        )
        self.module, self.phase, self.kind = module, phase, kind or _kind(cause)
        self.revision = cause.revision if isinstance(cause, MigrationFailed) and not cause.hook else None
        self.is_quarantined, self.is_final = False, isinstance(cause, ChangedProcess)
        self.details = "".join(traceback.format_exception(cause)) if details is None else details


def _kind(cause: BaseException) -> str:
    """The type of what was raised, for its text may be anybody's; what was changed is told in our words."""
    if isinstance(cause, MigrationFailed) and cause.__cause__ is not None:
        cause = cause.__cause__
    return shortened(cause.changes) if isinstance(cause, ChangedProcess) else type(cause).__name__


def _told(cause: BaseException) -> str:
    try:
        return f"{type(cause).__name__}: {cause}"
    except BaseException as error:  # its text is code of the module too
        if not is_contained(error):
            raise
        return type(cause).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModule:
    """A module that was imported and keeps the contract; nothing of it runs yet."""

    found: FoundModule
    manifest: Manifest
    hooks: ModuleHooks
    settings_model: type[BaseModel] | None
    metadata: MetaData | None
    migrations: MigrationSource | None
    services: Mapping[type, Callable[..., Any]]
    extension_points: Mapping[str, type]
    routes: tuple[FlatRoute, ...]
    extensions: tuple[ModelExtension, ...]
    overrides: Mapping[str, RouteOverride]
    seconds: float

    @property
    def name(self) -> str:
        """The module's name."""
        return self.found.name


def load(
    found: FoundModule, areas: Collection[str], on_phase: Callable[[str], None] = lambda phase: None
) -> LoadedModule:
    """Import ``found`` and ask everything it consists of.

    :param on_phase: told of each phase before it begins, for a module that ends the process in it.
    :raises ModuleFailed: naming the phase; whatever the module raised is its cause.
    """
    started = time.perf_counter()
    name, manifest = found.name, found.manifest
    assert manifest is not None, "the resolution lets no module without a manifest through"
    phase = partial(_phase, name, on_phase)
    with phase("import"):
        plugin = _plugin(found)
    with phase("hooks"):
        hooks = ModuleHooks(name, plugin, StandardLayout(found.package, found.folder))
    with phase("settings"):
        settings_model = _checked_model(hooks.ask("hub_settings"))
    with phase("models"):
        metadata = _checked_metadata(hooks.ask("hub_models"), manifest.table_prefix)
        extensible_models(metadata)  # raises for one that cannot be
    with phase("migrations"):
        migrations = _migration_source(name, hooks.ask("hub_migrations"), manifest.table_prefix)
    with phase("extension points"):
        points = _checked_points(hooks.ask("hub_extension_points") or {}, manifest)
    with phase("services"):
        services = dict(hooks.ask("hub_services") or {})
    with phase("model extensions"):
        extensions = checked_extensions(hooks.ask("hub_model_extensions") or (), manifest, metadata)
    declared = frozenset(permission.name for permission in manifest.permissions)
    routes: list[FlatRoute] = []
    for hook, prefix, are_pages in (("hub_routes", "/api/v1", False), ("hub_pages", "", True)):
        with phase(hook.removeprefix("hub_")):
            mounts = _mounts(name, hooks.ask(hook) or (), prefix, areas)
            routes += flat_routes(name, mounts, declared, are_pages=are_pages)
    with phase("route overrides"):
        overrides = checked_overrides(hooks.ask("hub_route_overrides") or (), manifest)
    return LoadedModule(
        found=found,
        manifest=manifest,
        hooks=hooks,
        settings_model=settings_model,
        metadata=metadata,
        migrations=migrations,
        services=services,
        extension_points=points,
        routes=tuple(routes),
        extensions=extensions,
        overrides=overrides,
        seconds=time.perf_counter() - started,
    )


def refuse_unknown_targets(loaded: LoadedModule, required: Mapping[str, LoadedModule]) -> None:
    """Hold what a module extends and wraps against the modules it requires, as they were loaded.

    :raises ModuleFailed: naming what does not exist, and what is there instead.
    """
    with _phase(loaded.name, lambda phase: None, "model extensions"):
        refuse_unknown_models(loaded.manifest, {name: other.metadata for name, other in required.items()})
    with _phase(loaded.name, lambda phase: None, "route overrides"):
        refuse_unknown_routes(loaded.manifest, {name: other.routes for name, other in required.items()})


@contextmanager
def _phase(module: str, on_phase: Callable[[str], None], phase: str) -> Iterator[None]:
    on_phase(phase)
    try:
        yield
    except HookFailed as error:
        raise ModuleFailed(module, phase, error.__cause__ or error) from error
    except BaseException as error:
        if not is_contained(error):
            raise
        raise ModuleFailed(module, phase, error) from error


def _plugin(found: FoundModule) -> object:
    target, _, attribute = found.entry_point.partition(":")
    plugin: object = import_module(target)
    for name in filter(None, attribute.split(".")):
        plugin = getattr(plugin, name)
    return plugin


def _checked_model(model: Any) -> type[BaseModel] | None:
    if model is None or (isinstance(model, type) and issubclass(model, BaseModel)):
        return model
    raise TypeError(f"hub_settings answered {model!r}, not a pydantic model")


def _checked_metadata(metadata: MetaData | None, prefix: str) -> MetaData | None:
    if metadata is None:
        return None
    faults = [f"table {name} does not begin with {prefix}" for name in metadata.tables if not name.startswith(prefix)]
    for table in metadata.tables.values():
        faults += [
            f"the foreign key {table.name}.{key.parent.name} → {key.target_fullname} leaves the module"
            for key in table.foreign_keys
            if key.target_fullname.rpartition(".")[0] not in metadata.tables
        ]
    if faults:
        raise ValueError("; ".join(faults))
    return metadata


def _migration_source(module: str, folder: Path | None, prefix: str) -> MigrationSource | None:
    if folder is None:
        return None
    source = MigrationSource(module=module, folder=folder, table_prefix=prefix)
    heads(source)  # raises for revisions that are not one chain
    return source


def _checked_points(points: Mapping[str, type], manifest: Manifest) -> Mapping[str, type]:
    declared, given = set(manifest.extension_points), set(points)
    if declared != given:
        raise ValueError(
            f"hub-module.toml publishes {sorted(declared) or 'no extension points'}, "
            f"hub_extension_points gives {sorted(given) or 'none'}"
        )
    return points


def _mounts(
    module: str, mounts: Sequence[RouterMount], prefix: str, areas: Collection[str]
) -> list[tuple[str, RouterMount]]:
    unknown = sorted({mount.area for mount in mounts if mount.area is not None and mount.area not in areas})
    if unknown:
        raise ValueError(f"area {', '.join(unknown)} is not one of this hub's areas: {', '.join(areas)}")
    return [(f"{prefix}/{mount.area}/{module}" if mount.area else f"{prefix}/{module}", mount) for mount in mounts]
