"""One OpenAPI document of the core and all live modules, joined as text from one fragment per module."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from importlib_metadata import version

from ..loading import FlatRoute, OpenApiFragment, openapi_fragment
from ..runtime import LiveModule
from .added_answers import with_answers
from .problems import SCHEMA

log = logging.getLogger(__name__)

_TOKEN: Final = {"type": "http", "scheme": "bearer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApiText:
    """The document as JSON, and the tag that names this content (RFC 9110, section 8.8.3)."""

    body: bytes
    etag: str


class MergedOpenApi:
    """The document for the modules that are up at a moment; joined anew only when those have changed."""

    def __init__(
        self,
        core_routes: Iterable[FlatRoute],
        modules: Mapping[str, LiveModule],
        wrappers: Mapping[str, Sequence[LiveModule]],
    ) -> None:
        self._core_routes, self._modules, self._wrappers = tuple(core_routes), modules, wrappers
        self._core: OpenApiFragment | None = None
        self._fragments: dict[str, OpenApiFragment] = {}
        self._joined: tuple[tuple[str, ...], OpenApiText] | None = None
        self._joining = asyncio.Lock()

    async def text(self) -> OpenApiText:
        """The whole document. It is joined in a thread: the files of a thousand modules are read for it."""
        async with self._joining:
            up = tuple(name for name, live in self._modules.items() if live.failure is None)
            if self._joined is None or self._joined[0] != up:
                core = self._core = self._core or openapi_fragment("hub", "Hub", self._core_routes)
                self._joined = up, await asyncio.to_thread(self._join, core, up)
            return self._joined[1]

    def _join(self, core: OpenApiFragment, names: Sequence[str]) -> OpenApiText:
        fragments = dict(zip(names, self._of(names), strict=True))
        answers = self._added(names)
        for owner in answers.keys() & fragments.keys():
            routes = self._modules[owner].surface().routes
            fragments[owner] = with_answers(fragments[owner], routes, answers[owner])
        body = _document([core, *fragments.values()]).encode()
        return OpenApiText(body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def _added(self, names: Iterable[str]) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """By module and name of a route, the schemas that those of ``names`` add to its answer, in load order."""
        found: dict[str, dict[str, list[str]]] = {}
        up = frozenset(names)
        for route, wrappers in self._wrappers.items():
            owner, _, name = route.partition(":")
            adds = [schema for live in wrappers if live.name in up and (schema := live.surface().adds.get(route))]
            if adds:
                found.setdefault(owner, {})[name] = adds
        return found

    def _of(self, names: Iterable[str]) -> Iterator[OpenApiFragment]:
        for name in names:
            if name not in self._fragments:
                fragment = self._modules[name].surface().openapi
                if fragment is None:
                    log.warning("%s is left out of OpenAPI: its routes cannot be described", name)
                self._fragments[name] = fragment or OpenApiFragment()
            yield self._fragments[name]


def _document(fragments: list[OpenApiFragment]) -> str:
    info = json.dumps({"title": "hub", "version": version("hub-core")})
    shared = OpenApiFragment(schemas=f'"Problem":{json.dumps(SCHEMA)}')
    tags = ",".join(fragment.tags for fragment in fragments if fragment.tags)
    paths = ",".join(fragment.paths for fragment in fragments if fragment.paths)
    schemas = ",".join(fragment.schemas for fragment in (shared, *fragments) if fragment.schemas)
    return (
        f'{{"openapi":"3.1.0","info":{info},"tags":[{tags}],"paths":{{{paths}}},'
        f'"components":{{"schemas":{{{schemas}}},"securitySchemes":{{"token":{json.dumps(_TOKEN)}}}}}}}'
    )
