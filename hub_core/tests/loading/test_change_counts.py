"""Changes are seen without looking at the objects, and also where Python notes none."""

import logging
import sys
import types
from collections.abc import Callable, Iterator

import pytest

from hub_core.loading import change_counts
from hub_core.loading.change_counts import counters, identities
from hub_core.loading.log_state import LogState
from hub_core.loading.watched_modules import WatchedModules

IS_COUNTED = sys.implementation.name == "cpython" and sys.version_info < (3, 13)


def test_each_change_of_a_dictionary_and_each_length_of_a_list_is_seen() -> None:
    spaces: list[dict[str, object]] = [{"name": 1}, {"name": 1}]
    items: list[object] = []
    counted = counters(spaces, [items])
    was = counted()
    assert counted() == was
    if not IS_COUNTED:
        assert was == (), "this Python does not count all changes"
        return
    spaces[1]["name"] = 2
    assert [a == b for a, b in zip(counted(), was, strict=True)] == [True, False, True]
    items.append(None)
    assert [a == b for a, b in zip(counted(), was, strict=True)] == [True, False, False]
    assert len(counters(spaces[:1])()) == 1
    assert counters([])() == ()


@pytest.mark.parametrize("is_readable", [True, False])
def test_what_a_name_stands_for_is_known_by_its_identity(is_readable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_counts, "_IS_READABLE", is_readable and IS_COUNTED)
    one, two = object(), object()
    read = identities(("a", "b"))
    assert read({"a": one, "b": two}) == [id(one), id(two)]
    assert read({"a": two}) == [id(two), None]
    assert read(types.MappingProxyType({"a": one})) == [id(one), None]


@pytest.fixture(params=["counted", "not counted"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what Python notes, and without it."""
    if request.param == "not counted":
        monkeypatch.setattr(change_counts, "_IS_READABLE", False)


@pytest.fixture
def library() -> Iterator[types.ModuleType]:
    """A library of its own, with a class and a function in it."""
    made = types.ModuleType("a_library")
    exec("class Kind:\n    def method(self): ...\ndef function(): ...", vars(made))
    sys.modules["a_library"] = made
    yield made
    del sys.modules["a_library"]


@pytest.mark.usefixtures("way")
def test_what_is_replaced_in_a_library_is_named(library: types.ModuleType) -> None:
    watched = WatchedModules(["a_library", "threading"])
    assert list(watched.patches()) == []
    vars(library)["function"] = library.Kind.method = None
    assert list(watched.patches()) == ["replaces a_library.function", "replaces a_library.Kind.method"]
    watched.take_all()
    assert list(watched.patches()) == []
    sys.modules["a_library"] = types.ModuleType("a_library")
    assert list(watched.patches()) == ["replaces a_library in sys.modules"]


def adds(logger: logging.Logger) -> None:
    logger.addHandler(logging.NullHandler())


def replaces(logger: logging.Logger) -> None:
    logger.handlers[0] = logging.NullHandler()


def filters(logger: logging.Logger) -> None:
    logger.addFilter(bool)


def disables(logger: logging.Logger) -> None:
    logger.disabled = True


def is_another(logger: logging.Logger) -> None:
    logging.root.manager.loggerDict[logger.name] = logging.Logger(logger.name, 7)


@pytest.fixture
def loggers() -> Iterator[tuple[logging.Logger, logging.Logger]]:
    """Two known loggers, the second with a handler."""
    bare, filled = logging.getLogger("tests.bare"), logging.getLogger("tests.filled")
    filled.addHandler(logging.NullHandler())
    yield bare, filled
    for name in ("tests.bare", "tests.filled", "tests.new"):
        logging.root.manager.loggerDict.pop(name)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("change", [adds, replaces, filters, disables, is_another])
def test_what_is_done_to_a_logger_is_named(
    change: Callable[[logging.Logger], None], loggers: tuple[logging.Logger, logging.Logger]
) -> None:
    bare, filled = loggers
    state = LogState()
    assert list(state.changes()) == []
    logging.getLogger("tests.new").addHandler(logging.NullHandler())
    assert list(state.changes()) == [], "a logger of the module"
    changed = filled if change is replaces else bare
    change(changed)
    assert list(state.changes()) == [f"changes the logger {changed.name}"]
