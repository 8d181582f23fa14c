"""Each wheel holds exactly the files of its package, and each sdist enough to build that wheel again."""

import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "hub_core": ROOT,
    "hub_hookspecs": ROOT / "hookspecs",
    "hub_module_billing": ROOT / "plugins" / "billing",
    "hub_module_billing_reminders": ROOT / "plugins" / "billing_reminders",
    "hub_module_notes": ROOT / "plugins" / "notes",
    "hub_module_payments": ROOT / "plugins" / "payments",
}
EVERY_MODULE_NEEDS = {"hub-module.toml", "py.typed", "__init__.py", "config.py"}

each_package = pytest.mark.parametrize("package", PACKAGES)


def files_on_disk(package: str) -> set[str]:
    folder = PACKAGES[package] / package
    found = {path.relative_to(folder.parent) for path in folder.rglob("*") if path.is_file()}
    return {str(path) for path in found if "__pycache__" not in path.parts and path.parts[:2] != (package, "tests")}


def only(found: list[Path]) -> Path:
    (path,) = found
    return path


@each_package
def test_a_wheel_holds_the_files_of_its_package_and_nothing_else(package: str, wheelhouse: Path) -> None:
    with zipfile.ZipFile(only(list(wheelhouse.glob(f"{package}-*.whl")))) as wheel:
        names = set(wheel.namelist())
    metadata = {name for name in names if ".dist-info/" in name}
    assert names - metadata == files_on_disk(package)
    described = {name.partition("/")[2] for name in metadata}
    entry_points = set() if package == "hub_hookspecs" else {"entry_points.txt"}
    assert described == {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE"} | entry_points


@pytest.mark.parametrize("package", [name for name in PACKAGES if name.startswith("hub_module_")])
def test_the_wheel_of_a_module_brings_its_manifest_and_its_revisions(package: str, wheelhouse: Path) -> None:
    with zipfile.ZipFile(only(list(wheelhouse.glob(f"{package}-*.whl")))) as wheel:
        names = {name.removeprefix(f"{package}/") for name in wheel.namelist()}
    assert names >= EVERY_MODULE_NEEDS
    revisions = [name for name in names if name.startswith("migrations/versions/") and name.endswith(".py")]
    assert len(revisions) >= 2
    has_pages = any(name.startswith("routes/pages/") for name in names)
    assert any(name.startswith("templates/") for name in names) == has_pages


@each_package
def test_an_sdist_holds_what_the_wheel_is_made_from(package: str, wheelhouse: Path) -> None:
    with tarfile.open(only(list(wheelhouse.glob(f"{package}-*.tar.gz")))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= files_on_disk(package) | {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO"}
    folders = {name.partition("/")[0] for name in names if "/" in name}
    assert folders <= {package, "tests"}
