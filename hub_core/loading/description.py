"""What a module consists of, as plain values: it can be kept in a file and shown without importing the module again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .loaded_module import LoadedModule
from .routes import FlatRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedRoute:
    """One route at its full path; ``methods`` is empty for a WebSocket, ``permissions`` for a public route."""

    path: str
    methods: tuple[str, ...]
    permissions: tuple[str, ...]
    is_page: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A module that was imported and keeps the contract. ``hooks`` are those it implements itself.

    ``seconds`` is how long it took to import and ask, behind the modules it requires.
    """

    hooks: tuple[str, ...]
    routes: tuple[DescribedRoute, ...]
    tables: tuple[str, ...]
    has_settings: bool
    seconds: float

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
            routes=tuple(map(_route, value["routes"])),
            tables=tuple(map(str, value["tables"])),
            has_settings=bool(value["has_settings"]),
            seconds=float(value["seconds"]),
        )


def described(loaded: LoadedModule) -> Description:
    """The description of a loaded module; sorted, so that the same module is always described alike."""
    return Description(
        hooks=loaded.hooks.implemented,
        routes=tuple(sorted(map(_described, loaded.routes), key=lambda route: (route.path, route.methods))),
        tables=tuple(sorted(loaded.metadata.tables)) if loaded.metadata is not None else (),
        has_settings=loaded.settings_model is not None,
        seconds=round(loaded.seconds, 4),
    )


def _described(route: FlatRoute) -> DescribedRoute:
    return DescribedRoute(
        path=route.path,
        methods=tuple(sorted(route.methods)),
        permissions=route.permissions,
        is_page=route.is_page,
    )


def _route(value: Mapping[str, Any]) -> DescribedRoute:
    return DescribedRoute(
        path=str(value["path"]),
        methods=tuple(map(str, value["methods"])),
        permissions=tuple(map(str, value["permissions"])),
        is_page=bool(value["is_page"]),
    )
