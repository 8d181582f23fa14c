"""A checked route as a new one of FastAPI's own, copied flat: what is described is what will be served."""

from functools import partial
from typing import Any, TypeVar

from fastapi.datastructures import Default
from fastapi.routing import APIRoute

from .routes import FlatRoute

Route = TypeVar("Route", bound=APIRoute)

PROBLEM_MEDIA_TYPE = "application/problem+json"
"""Of error answers (RFC 9457)."""
_PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem details (RFC 9457)",
        "content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
_COPIED = (
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "status_code",
    "tags",
    "summary",
    "description",
    "response_description",
    "deprecated",
    "name",
    "operation_id",
    "include_in_schema",
    "response_class",
    "callbacks",
    "generate_unique_id_function",
    "strict_content_type",
    "max_body_size",
)


def route_copy(flat: FlatRoute, kind: type[Route]) -> Route:
    """Build a route of ``kind`` that does what ``flat`` does, at its full path. Pages are no part of OpenAPI."""
    context, original = flat.context, flat.context.original_route
    assert isinstance(original, APIRoute)
    assert context.endpoint is not None
    build = partial(kind, flat.path, context.endpoint)
    route = build(
        **{name: getattr(context, name) for name in _COPIED},
        methods=sorted(flat.methods),
        dependencies=flat.dependencies,
        response_model=Default(None) if context.stream_item_type else context.response_model,
        responses={**_PROBLEM_ANSWER, **context.responses},
        openapi_extra=_with_security(context.openapi_extra, flat.permissions),
        form_limits=original.form_limits or None,
    )
    route.include_in_schema = route.include_in_schema and not flat.is_page
    return route


def _with_security(extra: dict[str, Any] | None, permissions: tuple[str, ...]) -> dict[str, Any] | None:
    if not permissions:
        return extra
    return {**(extra or {}), "security": [{"token": []}], "x-permissions": list(permissions)}
