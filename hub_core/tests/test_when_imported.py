"""What is to happen when a library is imported happens then, once, and before anybody uses it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub_core.when_imported import when_imported

LIBRARY = "late_library"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder one can import ``late_library`` from, whose import leaves nothing."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    (tmp_path / f"{LIBRARY}.py").write_text("ready = True\n")
    monkeypatch.delitem(sys.modules, LIBRARY, raising=False)
    return tmp_path


def test_it_happens_when_the_library_is_whole_and_before_the_import_ends(site: Path) -> None:
    seen: list[bool] = []
    when_imported(LIBRARY, lambda: seen.append(sys.modules[LIBRARY].ready))
    assert seen == []
    __import__(LIBRARY)
    assert seen == [True]


def test_it_happens_at_once_where_the_library_is_there(site: Path) -> None:
    __import__(LIBRARY)
    seen: list[bool] = []
    when_imported(LIBRARY, lambda: seen.append(True))
    assert seen == [True]


def test_an_import_that_failed_and_then_succeeds_tells_of_it(site: Path) -> None:
    seen: list[bool] = []
    when_imported(LIBRARY, lambda: seen.append(True))
    (site / f"{LIBRARY}.py").write_text("raise RuntimeError('not yet')  # for a while\n")
    with pytest.raises(RuntimeError, match="not yet"):
        __import__(LIBRARY)
    assert seen == []
    (site / f"{LIBRARY}.py").write_text("ready = True  # at last, in a file of another length\n")
    __import__(LIBRARY)
    assert seen == [True]


@pytest.mark.filterwarnings("ignore::ImportWarning")
def test_a_finder_of_old_that_python_bears_is_borne(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those for Python before 3.4 have no find_spec."""
    seen: list[bool] = []
    when_imported(LIBRARY, lambda: seen.append(True))
    old = SimpleNamespace(find_module=lambda name, path=None: None)
    monkeypatch.setattr(sys, "meta_path", [old, *sys.meta_path])
    __import__(LIBRARY)
    assert seen == [True]


def test_whether_a_library_is_there_is_answered_without_importing_it(site: Path) -> None:
    seen: list[bool] = []
    when_imported(LIBRARY, lambda: seen.append(True))
    code = f"import importlib.util; assert importlib.util.find_spec({LIBRARY!r}).origin"
    exec(code)
    assert seen == []


@pytest.mark.parametrize("first", ["pass", "from hub_core.logs import complete_logging; complete_logging()"])
def test_nothing_is_imported_for_logs_and_metrics_before_somebody_uses_them(first: str) -> None:
    code = (
        "import sys, pathlib; from hub_core.logs import set_up_logging; from hub_core.settings import read_settings;"
        "set_up_logging(read_settings(pathlib.Path('/nowhere'), log_format='json')); import hub_core.web, logging;"
        "logging.getLogger('shop').warning('it happened');"
        "late = {'structlog', 'rich', 'jinja2', 'prometheus_client', 'sqlalchemy.dialects.postgresql'};"
        "assert not late & set(sys.modules), late & set(sys.modules);"
        "FIRST;import structlog; assert structlog.is_configured()"
    )
    subprocess.run([sys.executable, "-c", code.replace("FIRST", first, 1)], check=True)
