"""What the tests of commands that look share: an empty folder, and every one-fault module on the path."""

from pathlib import Path

import pytest

from hub_core.tests.conftest import Wheelhouse

SAMPLES = [
    "healthy",
    "requires_healthy",
    "requires_missing",
    "requires_blocked",
    "requires_newer",
    "requires_newer_contract",
    "requires_in_circle/one",
    "requires_in_circle/two",
    "implements_unknown_point",
    "implements_newer_point",
    "same_name_twice/acme",
    "same_name_twice/zeta",
    "broken_manifest",
    "missing_manifest",
    "reserved_name",
    "raises_on_import",
]


@pytest.fixture(scope="session")
def many_modules(wheelhouse: Wheelhouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all one-fault modules, and one distribution without metadata."""
    site = wheelhouse.install(tmp_path_factory.mktemp("many") / "site", *SAMPLES)
    (site / "broken-1.0.dist-info").mkdir()
    return site


@pytest.fixture
def empty_folder(many_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, import_log: Path) -> None:
    """Stand in an empty folder, with the sample modules on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(many_modules))
