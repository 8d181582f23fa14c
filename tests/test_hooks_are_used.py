"""A hook exists because a module that comes with the hub uses it, and a test of the host sees it called."""

from pathlib import Path

import pytest
from hub_hookspecs import hooks

ROOT = Path(__file__).parents[1]
LAYOUT = {
    "hub_models": "models",
    "hub_migrations": "migrations/versions",
    "hub_settings": "config.py",
    "hub_routes": "routes/api",
    "hub_pages": "routes/pages",
}


def uses(package: Path, hook: str) -> bool:
    if hook in LAYOUT and (package / LAYOUT[hook]).exists():
        return True
    return any(f"def {hook}(" in file.read_text(encoding="utf-8") for file in package.rglob("*.py"))


@pytest.mark.parametrize("hook", hooks.__all__)
def test_a_module_here_uses_the_hook(hook: str) -> None:
    packages = list(ROOT.glob("plugins/*/hub_module_*"))
    assert [package.name for package in packages if uses(package, hook)] != []


@pytest.mark.parametrize("hook", hooks.__all__)
def test_a_test_of_the_host_names_the_hook(hook: str) -> None:
    tests = (ROOT / "hub_core" / "tests").rglob("test_*.py")
    assert [test.name for test in tests if hook in test.read_text(encoding="utf-8")] != []
