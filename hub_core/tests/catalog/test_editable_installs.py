"""Modules installed in editable mode are found where their sources lie, by every kind of backend."""

import json
import shutil
from pathlib import Path

import pytest

from hub_core.catalog import FoundModule, read_catalog
from hub_core.tests.conftest import NewEnvironment, Wheelhouse

FIND = "import json; from hub_core.catalog import read_catalog; print(json.dumps({{m.name: str(m.folder) for m in read_catalog({path}).modules}}))"


def found(site: Path, name: str) -> FoundModule:
    return next(module for module in read_catalog([str(site)]).modules if module.name == name)


@pytest.mark.parametrize(
    ("sample", "package"),
    [
        ("healthy", "hub_module_healthy"),  # hatchling: a .pth file with the folder
        ("setuptools_src", "src/hub_module_setuptools_src"),  # setuptools, src layout: a .pth file
        ("setuptools_flat", "hub_module_setuptools_flat"),  # setuptools, flat layout: a finder with a mapping
    ],
)
def test_an_editable_install_is_found_where_its_sources_lie(
    wheelhouse: Wheelhouse, new_environment: NewEnvironment, sample: str, package: str
) -> None:
    source = wheelhouse.source(sample)
    new_environment.install_editable(source)
    module = found(new_environment.site_packages, sample)
    assert module.folder == source / package
    assert module.editable
    assert not module.faults
    for path in ("", [str(new_environment.site_packages)]):
        places = json.loads(new_environment.run(FIND.format(path=path)))
        assert places[sample] == str(source / package), "the environment itself finds the same"


def test_an_exact_editable_install_is_found_through_its_redirections(
    wheelhouse: Wheelhouse, new_environment: NewEnvironment, tmp_path: Path
) -> None:
    source = Path(shutil.copytree(wheelhouse.source("requires_healthy"), tmp_path / "exact"))
    with (source / "pyproject.toml").open("a") as file:
        file.write("\n[tool.hatch.build]\ndev-mode-exact = true\n")
    new_environment.install_editable(source)
    assert found(new_environment.site_packages, "requires_healthy").folder == source / "hub_module_requires_healthy"


def test_an_edited_file_changes_the_hash_and_a_cached_one_does_not(
    wheelhouse: Wheelhouse, new_environment: NewEnvironment, tmp_path: Path
) -> None:
    source = Path(shutil.copytree(wheelhouse.source("requires_missing"), tmp_path / "edited"))
    new_environment.install_editable(source)
    package = source / "hub_module_requires_missing"
    before = found(new_environment.site_packages, "requires_missing").hash
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"")
    assert found(new_environment.site_packages, "requires_missing").hash == before
    (package / "routes.py").write_text("")
    assert found(new_environment.site_packages, "requires_missing").hash != before


def test_a_dotted_package_is_found_without_importing_its_parent(tmp_path: Path, import_log: Path) -> None:
    source = tmp_path / "source" / "acme_parent"
    (source / "billing").mkdir(parents=True)
    (source / "__init__.py").write_text("raise SystemExit('imported')\n")
    (source / "billing" / "hub-module.toml").write_text("")
    info = tmp_path / "site" / "acme_billing-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: acme-billing\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[hub.modules]\nbilling = acme_parent.billing:plugin\n")
    (module,) = read_catalog([str(info.parent), str(source.parent)]).modules
    assert module.folder == source / "billing"
    assert module.entry_point == "acme_parent.billing:plugin"
    assert not module.faults
