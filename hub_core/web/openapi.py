"""One OpenAPI document of the core and all live modules, joined from one fragment per module.

A fragment is namespaced, so that two modules may each have an ``Item``: schemas and operation ids become ``billing.Item``.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi.openapi.utils import get_openapi
from importlib_metadata import version
from starlette.routing import BaseRoute

from .module_application import ModuleFace
from .problems import SCHEMA

log = logging.getLogger(__name__)

SHARED = "#/components/schemas/Problem"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


class MergedOpenApi:
    """The document as text, built when first asked for; the modules of a process do not change."""

    def __init__(self, core_routes: Iterable[BaseRoute], faces: Mapping[str, ModuleFace]) -> None:
        self._core_routes, self._faces = tuple(core_routes), faces
        self._text: bytes | None = None

    def text(self) -> bytes:
        """The whole document as JSON."""
        if self._text is None:
            self._text = json.dumps(self._document(), separators=(",", ":"), ensure_ascii=False).encode()
        return self._text

    def _document(self) -> dict[str, Any]:
        fragments = [_fragment("hub", "Hub", self._core_routes)]
        for name, face in self._faces.items():
            if face.live.failure is None:
                fragments += _described(name, face)
        document: dict[str, Any] = {
            "openapi": "3.1.0",
            "info": {"title": "hub", "version": version("hub-core")},
            "tags": [],
            "paths": {},
            "components": {
                "schemas": {"Problem": SCHEMA},
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
        }
        for fragment in fragments:
            document["tags"] += fragment["tags"]
            document["paths"] |= fragment["paths"]
            document["components"]["schemas"] |= fragment["schemas"]
        return document


def _described(name: str, face: ModuleFace) -> list[dict[str, Any]]:
    """The fragment of one module; none when its types have no schema. Its routes are served all the same."""
    try:
        return [_fragment(name, face.live.loaded.manifest.title, face.application.routes)]
    except Exception:
        log.exception("%s is left out of OpenAPI: its routes cannot be described", name)
        return []


def _fragment(module: str, title: str, routes: Iterable[BaseRoute]) -> dict[str, Any]:
    document = get_openapi(title=title, version="0", routes=list(routes))
    schemas = document.get("components", {}).get("schemas", {})
    renamed = _renamed({"paths": document.get("paths", {}), "schemas": schemas}, module)
    tags: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for path, method, operation in _operations(renamed["paths"]):
        own = [f"{title}: {tag}" for tag in operation.get("tags", ())] or [title]
        operation["tags"] = own
        tags |= {tag: {"name": tag} for tag in own}
        operation["operationId"] = _operation_id(module, path, method, operation, taken)
    return {
        "tags": list(tags.values()),
        "paths": renamed["paths"],
        "schemas": {f"{module}.{name}": schema for name, schema in renamed["schemas"].items()},
    }


def _operations(paths: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in paths.items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _operation_id(module: str, path: str, method: str, operation: dict[str, Any], taken: set[str]) -> str:
    words = operation.get("summary", "").lower().split()
    short = f"{module}.{'_'.join(words)}"
    chosen = short if words and short not in taken else f"{module}.{operation.get('operationId', method + path)}"
    taken.add(chosen)
    return chosen


def _renamed(value: Any, module: str) -> Any:
    """``value`` with every reference to a schema of this module under its new name."""
    if isinstance(value, dict):
        return {
            key: _reference(each, module) if key == "$ref" else _renamed(each, module) for key, each in value.items()
        }
    if isinstance(value, list):
        return [_renamed(each, module) for each in value]
    return value


def _reference(target: Any, module: str) -> Any:
    head = "#/components/schemas/"
    if not isinstance(target, str) or not target.startswith(head) or target == SHARED:
        return target
    return f"{head}{module}.{target[len(head) :]}"
