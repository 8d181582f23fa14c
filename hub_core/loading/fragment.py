"""The part of the OpenAPI document that describes one module, as text that is joined with that of the others.

A fragment is namespaced, so that two modules may each have an ``Item``: schemas and operation ids become ``billing.Item``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .route_copies import route_copy
from .routes import FlatRoute

_SHARED: Final = "#/components/schemas/Problem"
_OWN: Final = "#/components/schemas/"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApiFragment:
    """The members of three parts of the document as JSON text, without the brackets around them; each may be empty."""

    tags: str = ""
    paths: str = ""
    schemas: str = ""


def openapi_fragment(module: str, title: str, routes: Iterable[FlatRoute]) -> OpenApiFragment:
    """Describe ``routes`` of one module, pages and WebSockets left out.

    :raises Exception: whatever FastAPI and pydantic raise for a type that has no schema.
    """
    described = [route_copy(flat, _kind(flat)) for flat in routes if not flat.is_page and not flat.is_websocket]
    document = get_openapi(title=title, version="0", routes=described)
    schemas = document.get("components", {}).get("schemas", {})
    renamed = _renamed({"paths": document.get("paths", {}), "schemas": schemas}, module)
    tags: dict[str, dict[str, str]] = {}
    taken: set[str] = set()
    for path, method, operation in _operations(renamed["paths"]):
        own = [f"{title}: {tag}" for tag in operation.get("tags", ())] or [title]
        operation["tags"] = own
        tags |= {tag: {"name": tag} for tag in own}
        operation["operationId"] = _operation_id(module, path, method, operation, taken)
    return OpenApiFragment(
        tags=_inner(list(tags.values())),
        paths=_inner(renamed["paths"]),
        schemas=_inner({f"{module}.{name}": schema for name, schema in renamed["schemas"].items()}),
    )


def with_models(
    fragment: OpenApiFragment, module: str, models: Mapping[str, type[BaseModel]]
) -> tuple[OpenApiFragment, Mapping[str, str]]:
    """Add the schemas of ``models``; also the name that each got in the document, by the key it was given under.

    :raises Exception: whatever pydantic raises for a type that has no schema.
    """
    if not models:
        return fragment, {}
    wanted: list[tuple[type[BaseModel], Literal["serialization"]]] = [
        (each, "serialization") for each in dict.fromkeys(models.values())
    ]
    references, document = models_json_schema(wanted, ref_template=f"{_OWN}{module}.{{model}}")
    schemas = json.loads(f"{{{fragment.schemas}}}")
    schemas |= {f"{module}.{name}": schema for name, schema in document["$defs"].items()}
    names = {key: references[each, "serialization"]["$ref"].removeprefix(_OWN) for key, each in models.items()}
    return replace(fragment, schemas=_inner(schemas)), names


def _kind(flat: FlatRoute) -> type[APIRoute]:
    original = type(flat.context.original_route)
    assert issubclass(original, APIRoute)
    return original


def _inner(value: Mapping[str, Any] | list[Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)[1:-1]


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
    if not isinstance(target, str) or not target.startswith(_OWN) or target == _SHARED:
        return target
    return f"{_OWN}{module}.{target[len(_OWN) :]}"
