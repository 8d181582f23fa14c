"""What wrappers add to the answers of a module's routes, in its part of the OpenAPI document."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..loading import DescribedRoute, OpenApiFragment


def with_answers(
    fragment: OpenApiFragment, routes: Iterable[DescribedRoute], added: Mapping[str, Sequence[str]]
) -> OpenApiFragment:
    """The fragment in which the answers of ``routes`` have the fields of the schemas ``added``, by the name of the route."""
    paths = json.loads(f"{{{fragment.paths}}}")
    for route in routes:
        for method in route.methods if route.name in added else ():
            if operation := paths.get(route.path, {}).get(method.lower()):
                _extend(operation["responses"], added[route.name])
    return replace(fragment, paths=json.dumps(paths, separators=(",", ":"), ensure_ascii=False)[1:-1])


def _extend(responses: dict[str, Any], schemas: Sequence[str]) -> None:
    more = [{"$ref": f"#/components/schemas/{schema}"} for schema in schemas]
    for status, response in responses.items():
        content = response.get("content", {}).get("application/json") if status.startswith("2") else None
        if content is not None:
            content["schema"] = {"allOf": [content.get("schema", {}), *more]}
