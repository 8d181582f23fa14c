"""See what a module replaced in the libraries all modules share: `json.loads = …` changes every other module too.

Looking at each value of each library would copy the memory a forked process shares with its parent, and take longer than
most imports. CPython counts the changes of a dictionary, so that only those that changed are looked at.
"""

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import compress, count
from operator import is_, ne
from types import ModuleType
from typing import Any, Final

from .change_counts import counters, identities

STOOD_ON: Final = frozenset(
    (
        *(
            "aiosqlite",
            "alembic",
            "anyio",
            "fastapi",
            "h11",
            "hub_core",
            "hub_hookspecs",
            "jinja2",
            "pluggy",
            "psycopg",
        ),
        *(
            "prometheus_client",
            "pydantic",
            "pydantic_core",
            "pydantic_settings",
            "sqlalchemy",
            "starlette",
            "structlog",
            "uvicorn",
        ),
    )
)
"""The libraries the hub itself stands on: what of them is loaded when modules are probed is watched as well."""
WATCHED: Final = (
    *("asyncio", "asyncio.base_events", "asyncio.events", "asyncio.locks", "asyncio.runners", "asyncio.tasks"),
    *(
        "base64",
        "builtins",
        "codecs",
        "collections",
        "concurrent.futures",
        "contextlib",
        "copy",
        "copyreg",
        "dataclasses",
    ),
    *(
        "datetime",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "hmac",
        "html",
        "http.client",
        "importlib",
        "inspect",
        "io",
    ),
    *("importlib.metadata", "importlib.util", "itertools", "json", "json.decoder", "json.encoder", "locale", "logging"),
    *(
        "math",
        "ntpath",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "posixpath",
        "queue",
        "random",
        "re",
        "secrets",
        "select",
    ),
    *("selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "string", "struct", "subprocess", "sys", "tempfile"),
    *(
        "threading",
        "time",
        "traceback",
        "types",
        "typing",
        "urllib.parse",
        "urllib.request",
        "uuid",
        "warnings",
        "zlib",
    ),
    *("fastapi", "fastapi.applications", "fastapi.dependencies.utils", "fastapi.encoders", "fastapi.routing"),
    *("starlette.applications", "starlette.concurrency", "starlette.datastructures", "starlette.requests"),
    *(
        "starlette.responses",
        "starlette.routing",
        "starlette.websockets",
        "pydantic",
        "pydantic.main",
        "pydantic.fields",
    ),
    *("pydantic.type_adapter", "sqlalchemy", "sqlalchemy.engine.base", "sqlalchemy.ext.asyncio.session"),
    *("sqlalchemy.orm", "sqlalchemy.orm.decl_api", "sqlalchemy.orm.session", "sqlalchemy.sql.schema"),
    *("hub_hookspecs", "hub_hookspecs.database", "hub_hookspecs.web", "structlog", "structlog._config"),
)
"""Modules that are watched closely, with the classes each of them makes: in others, state may change."""
OPENED: Final = ("csv", "json", "mimetypes", "fastapi.encoders", "email.charset", "codecs", "copyreg", "shutil")
"""Modules whose tables are watched too, which are dictionaries: an entry may be added, and none replaced or removed."""
OBJECTS: Final = (
    ("json", "_default_encoder"),
    ("json", "_default_decoder"),
    ("mimetypes", "_db"),
    ("structlog._config", "_CONFIG"),
)
"""Objects that a library keeps for all who use it."""
_OTHERWISE: Final = frozenset(
    f"sys.{name}" for name in ("path", "meta_path", "path_hooks", "last_type", "last_value", "last_traceback")
) | {"tempfile.tempdir", "time.tzname", "time.timezone", "time.altzone", "time.daylight"}
"""Attributes that libraries set themselves once they are used, or that are compared by what is in them."""
_STATE: Final = (type(None), bool, int, float, str, bytes, tuple, list, dict, set, frozenset)
"""What a name with an underscore stands for when it is no part of the library but its memory: caches, counters."""
OF_FORK: Final = ("threading",)
"""What Python makes anew in a forked process: the locks of this one."""
_MISSING: Final = object()
_CLOSE: Final = frozenset(WATCHED)
_OF_OBJECTS: Final = frozenset(f"{name}.{attribute}" for name, attribute in OBJECTS)


class WatchedModules:
    """The libraries as they were; :meth:`patches` says what is no longer as it was."""

    def __init__(self, names: Iterable[str] | None = None) -> None:
        names = names or dict.fromkeys((*WATCHED, *_shared()))
        self._modules = {name: sys.modules[name] for name in names if name in sys.modules}
        self._identities = identities(tuple(self._modules))
        self._found = self._identities(sys.modules)
        self._names, self._spaces = zip(*_spaces(self._modules), *_tables(self._modules), strict=True)
        self._values = [dict(space) for space in self._spaces]
        self._counted = counters(self._spaces)
        self._counts = self._counted()
        self._of_fork = [_Forked(each, self._spaces[each]) for each in map(self._names.index, OF_FORK)]

    def take_all(self) -> None:
        """Take what the process has changed itself since as how it was."""
        for each in self._changed():
            self._values[each] = dict(self._spaces[each])
        self._counts = self._counted()

    def take_of_fork(self) -> None:
        """The same for what a fork changes, without looking at the rest."""
        for forked in self._of_fork:
            self._values[forked.number] |= forked.exchanged()
            at, counted = forked.number, forked.counted()
            self._counts = (*self._counts[:at], *counted, *self._counts[at + 1 :]) if counted else ()

    def patches(self) -> Iterator[str]:
        """What was replaced, removed, or added to the builtins, each as a few words."""
        for each in self._changed():
            yield from _patches(self._names[each], self._values[each], self._spaces[each])
        if (found := self._identities(sys.modules)) != self._found:
            yield from self._exchanged(found)

    def _changed(self) -> Iterable[int]:
        counts = self._counted()
        if not counts:
            return [each for each, space in enumerate(self._spaces) if _differ(space, self._values[each])]
        return () if counts == self._counts else compress(count(), map(ne, counts, self._counts))

    def _exchanged(self, found: Iterable[int | None]) -> Iterator[str]:
        for name, was, now in zip(self._modules, self._found, found, strict=True):
            if now != was:
                yield f"removes {name} from sys.modules" if now is None else f"replaces {name} in sys.modules"


class _Forked:
    """A library of which a fork makes something anew; ``number`` is its place among the watched."""

    def __init__(self, number: int, space: dict[str, Any]) -> None:
        self.number, self._space = number, space
        self.counted = counters([space])
        self._names = tuple(space)
        self._identities = identities(self._names)
        self._found = self._identities(space)

    def exchanged(self) -> dict[str, Any]:
        """What is another than it was, by name."""
        found = zip(self._names, self._found, self._identities(self._space), strict=True)
        return {name: self._space[name] for name, was, now in found if now not in (was, None)}


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two dictionaries hold other objects, or in another order."""
    return len(one) != len(other) or not all(map(is_, one.values(), other.values()))


def _shared() -> Iterator[str]:
    """What is loaded of the standard library, and of those the hub stands on."""
    for name, module in list(sys.modules.items()):
        root = name.partition(".")[0]
        if type(module) is ModuleType and (root in STOOD_ON or root in sys.stdlib_module_names):
            yield name


def _tables(modules: Mapping[str, ModuleType]) -> Iterator[tuple[str, dict[Any, Any]]]:
    for name in filter(modules.__contains__, OPENED):
        for attribute, value in vars(modules[name]).items():
            if type(value) is dict and not attribute.startswith("_"):
                yield f"{name}.{attribute}[]", value
    for name, attribute in OBJECTS:
        if name in modules and (kept := getattr(modules[name], attribute, None)) is not None:
            yield f"{name}.{attribute}", vars(kept)


def _spaces(modules: Mapping[str, ModuleType]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, module in modules.items():
        yield name, vars(module)
        for attribute, value in list(vars(module).items()):
            if isinstance(value, type) and value.__module__ == name and value.__name__ == attribute:
                yield f"{name}.{attribute}", _behind(value)


def _behind(kind: type) -> dict[str, Any]:
    """The dictionary of a class, of which ``vars`` only gives a view."""
    space: dict[str, Any] = gc.get_referents(vars(kind))[0]
    return space


def _patches(where: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, was in before.items():
        if (value := now.get(name, _MISSING)) is was or _is_equal(value, was) or _may_change(where, name, was):
            continue
        if (path := _path(where, name)) not in _OTHERWISE:
            yield f"removes {path}" if value is _MISSING else f"replaces {path}"
    if where == "builtins":
        yield from (f"adds {name} to the builtins" for name in now if name not in before)
    elif where in _OF_OBJECTS:  # what is set on one object hides what its class has
        yield from (f"replaces {where}.{name}" for name in now if name not in before)


def _path(where: str, name: Any) -> str:
    return (
        f"{where[:-2]}[{getattr(name, '__name__', None) or repr(name)}]" if where.endswith("[]") else f"{where}.{name}"
    )


def _may_change(where: str, name: Any, was: Any) -> bool:
    if where.endswith("[]"):
        return False
    return _is_memory(name, was) or (isinstance(was, _STATE) and not _is_close(where))


def _is_close(where: str) -> bool:
    """Whether it is a module watched closely, a class in one, or an object."""
    return where in _CLOSE or where.rpartition(".")[0] in _CLOSE


def _is_memory(name: str, was: Any) -> bool:
    if name == "_compiler_dispatch":  # what ``@compiles`` of SQLAlchemy sets, as Alembic does when it is imported
        return True
    return name.startswith("_") and (isinstance(was, _STATE) or name.startswith("__pydantic_"))


def _is_equal(value: Any, was: Any) -> bool:
    return type(value) is type(was) and isinstance(was, (bool, int, float, str, bytes)) and value == was
