"""What a module consists of, as plain values: kept in a file, they stand for the module until it is imported."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .fragment import OpenApiFragment, openapi_fragment, with_models
from .loaded_module import LoadedModule
from .routes import FlatRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedRoute:
    """One route at its full path; ``methods`` is empty for a WebSocket, ``permissions`` for a public route.

    Under ``name`` another module may wrap it.
    """

    path: str
    methods: tuple[str, ...]
    permissions: tuple[str, ...]
    is_page: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedSetting:
    """One field of a module's settings, by the name under which hub.toml has it; never its default, which may be a secret."""

    name: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What a module shows to its callers, and is configured with. ``openapi`` is ``None`` when its types have no schema."""

    routes: tuple[DescribedRoute, ...] = ()
    openapi: OpenApiFragment | None = None
    settings: tuple[DescribedSetting, ...] = ()
    adds: Mapping[str, str] = field(default_factory=dict)
    """By the route it wraps, the schema in ``openapi`` of the fields that it adds to the answer."""

    def as_json(self) -> dict[str, Any]:
        """The object that is kept; :meth:`from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Surface":
        """The surface of :meth:`as_json`.

        :raises Exception: ``KeyError``, ``TypeError`` or ``ValueError`` for any other object.
        """
        openapi = value["openapi"]
        return cls(
            routes=tuple(map(_route, value["routes"])),
            openapi=None if openapi is None else OpenApiFragment(**{key: str(text) for key, text in openapi.items()}),
            settings=tuple(map(_setting, value.get("settings", ()))),  # those kept by an earlier release have none
            adds={str(route): str(schema) for route, schema in value.get("adds", {}).items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A module that was imported and keeps the contract. ``hooks`` are those it implements itself.

    ``migrations`` is the folder of its revisions, ``tables`` are those its models declare. ``seconds`` is how long it
    took to import and ask, behind the modules it requires. ``warnings`` are faults that it can be served with.
    """

    hooks: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    migrations: str | None = None
    has_settings: bool = False
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """Whether it has something to do while no request is there, so that it is imported and started at once."""
        return "hub_lifespan" in self.hooks

    def as_json(self) -> dict[str, Any]:
        """The object that is kept; :meth:`from_json` reads it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Description":
        """The description of :meth:`as_json`.

        :raises Exception: ``KeyError``, ``TypeError`` or ``ValueError`` for any other object.
        """
        return cls(
            hooks=tuple(map(str, value["hooks"])),
            tables=tuple(map(str, value["tables"])),
            migrations=None if value["migrations"] is None else str(value["migrations"]),
            has_settings=bool(value["has_settings"]),
            seconds=float(value["seconds"]),
            warnings=tuple(map(str, value["warnings"])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Both halves of what the probe learns of a module: what is read at each start, and what when somebody asks."""

    description: Description
    surface: Surface = field(default_factory=Surface)


def described(loaded: LoadedModule) -> Described:
    """Describe a loaded module; sorted, so that the same module is always described alike."""
    openapi, adds, warnings = _openapi(loaded)
    description = Description(
        hooks=loaded.hooks.implemented,
        tables=tuple(sorted(loaded.metadata.tables)) if loaded.metadata is not None else (),
        migrations=str(loaded.migrations.folder) if loaded.migrations is not None else None,
        has_settings=loaded.settings_model is not None,
        seconds=round(loaded.seconds, 4),
        warnings=warnings,
    )
    routes = tuple(sorted(map(_described, loaded.routes), key=lambda route: (route.path, route.methods)))
    return Described(
        description=description, surface=Surface(routes=routes, openapi=openapi, settings=_settings(loaded), adds=adds)
    )


def _settings(loaded: LoadedModule) -> tuple[DescribedSetting, ...]:
    fields = loaded.settings_model.model_fields if loaded.settings_model is not None else {}
    return tuple(
        DescribedSetting(name=str(field.alias or name), kind=_kind(field.annotation), required=field.is_required())
        for name, field in fields.items()
    )


def _kind(annotation: Any) -> str:
    return str(getattr(annotation, "__name__", annotation) if isinstance(annotation, type) else annotation)[:100]


def _openapi(loaded: LoadedModule) -> tuple[OpenApiFragment | None, Mapping[str, str], tuple[str, ...]]:
    added = {route: override.adds for route, override in loaded.overrides.items() if override.adds is not None}
    try:
        own = openapi_fragment(loaded.name, loaded.manifest.title, loaded.routes)
        openapi, names = with_models(own, loaded.name, added)
        return openapi, names, ()
    except Exception as error:  # FastAPI, pydantic and the module's own types raise what they like
        return None, {}, (f"left out of OpenAPI: its routes cannot be described ({type(error).__name__})",)


def _described(route: FlatRoute) -> DescribedRoute:
    return DescribedRoute(
        path=route.path,
        methods=tuple(sorted(route.methods)),
        permissions=route.permissions,
        is_page=route.is_page,
        name=route.name,
    )


def _setting(value: Mapping[str, Any]) -> DescribedSetting:
    return DescribedSetting(name=str(value["name"]), kind=str(value["kind"]), required=bool(value["required"]))


def _route(value: Mapping[str, Any]) -> DescribedRoute:
    return DescribedRoute(
        path=str(value["path"]),
        methods=tuple(map(str, value["methods"])),
        permissions=tuple(map(str, value["permissions"])),
        is_page=bool(value["is_page"]),
        name=str(value.get("name", "")),
    )
