"""The standard layout as a pluggy plugin: it answers the wiring hooks from a module's folders.

So a module that keeps to the layout needs no hook implementation at all, and the hub has one way to ask.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from hub_hookspecs import ModuleContext, RouterMount, hookimpl
from pydantic import BaseModel
from sqlalchemy import MetaData


class StandardLayout:
    """Answers for one package whose files lie in ``folder``."""

    def __init__(self, package: str, folder: Path) -> None:
        self._package, self._folder = package, folder

    @hookimpl
    def hub_models(self) -> MetaData | None:
        if not self._has("models"):
            return None
        metadata: MetaData = import_module(f"{self._package}.models").Base.metadata
        return metadata

    @hookimpl
    def hub_migrations(self) -> Path | None:
        versions = self._folder / "migrations" / "versions"
        return versions if versions.is_dir() else None

    @hookimpl
    def hub_settings(self) -> type[BaseModel] | None:
        if not self._has("config"):
            return None
        settings: type[BaseModel] = import_module(f"{self._package}.config").Settings
        return settings

    @hookimpl
    def hub_routes(self) -> Sequence[RouterMount]:
        return tuple(self._routers("routes", "api"))

    @hookimpl
    def hub_pages(self) -> Sequence[RouterMount]:
        return tuple(self._routers("routes", "pages"))

    @hookimpl
    def hub_services(self) -> Mapping[type, Callable[[ModuleContext], Any]]:
        return {}

    @hookimpl
    def hub_extension_points(self) -> Mapping[str, type]:
        return {}

    def _has(self, name: str) -> bool:
        return (self._folder / f"{name}.py").is_file() or (self._folder / name).is_dir()

    def _routers(self, *place: str) -> Iterator[RouterMount]:
        folder = self._folder.joinpath(*place)
        for file in _python_files(folder):
            yield RouterMount(router=self._router(*place, file.stem))
        for file in _python_files(folder / "areas"):
            yield RouterMount(router=self._router(*place, "areas", file.stem), area=file.stem)
        for area in sorted(each for each in folder.glob("areas/*") if each.is_dir() and each.name.isidentifier()):
            for file in _python_files(area):
                yield RouterMount(router=self._router(*place, "areas", area.name, file.stem), area=area.name)

    def _router(self, *place: str) -> Any:
        return import_module(".".join((self._package, *place))).router


def _python_files(folder: Path) -> Sequence[Path]:
    return sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
