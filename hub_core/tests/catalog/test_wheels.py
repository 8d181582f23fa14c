"""Modules installed from wheels are found and described from their metadata alone."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

import hub_core.catalog
from hub_core.catalog import FoundModule, read_catalog
from hub_core.tests.conftest import Wheelhouse


def only(folder: Path) -> FoundModule:
    (module,) = read_catalog([str(folder)]).modules
    return module


def test_a_wheel_is_described_by_its_metadata_and_manifest(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy")
    module = only(site)
    assert (module.name, module.distribution, module.version) == ("healthy", "hub-module-healthy", Version("1.2"))
    assert (module.summary, module.license) == ("A module without a fault", "MIT")
    assert [str(requirement) for requirement in module.requires] == ["hub-hookspecs<2,>=1"]
    assert (module.package, module.entry_point) == ("hub_module_healthy", "hub_module_healthy")
    assert module.folder == site / "hub_module_healthy"
    assert not module.editable
    assert not module.faults
    assert module.manifest is not None
    assert module.manifest.title == "Healthy"
    assert module.manifest.extension_points == {"healthy_helpers": Version("1.1")}


def test_reading_the_catalog_imports_no_module(wheelhouse: Wheelhouse, tmp_path: Path, import_log: Path) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy", "raises_on_import", "setuptools_src")
    code = (
        "import sys; from hub_core.catalog import read_catalog; names = [m.name for m in read_catalog().modules]; "
        "assert {'healthy', 'raises_on_import', 'setuptools_src'} <= set(names), names; "
        "assert not [name for name in sys.modules if name.startswith('hub_module_')]; "
        "import hub_module_healthy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(site)})
    assert import_log.read_text() == "hub_module_healthy\n", "the witness itself works, and nothing else was imported"


def test_the_catalog_needs_no_database_web_or_plugin_library() -> None:
    code = (
        "import sys, hub_core.manifest, hub_core.catalog, hub_core.resolution, hub_core.planning; "
        "heavy = {'sqlalchemy', 'alembic', 'fastapi', 'pluggy', 'pydantic'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_metadata_is_read_by_the_same_library_on_every_python() -> None:
    for file in (Path(hub_core.catalog.__file__).parent).glob("*.py"):
        tree = ast.parse(file.read_text())
        imported = {each.module for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
        imported |= {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
        assert "importlib.metadata" not in imported, f"{file.name}: importlib_metadata stands in for it"


def test_one_build_has_one_hash_however_it_was_installed(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    one = wheelhouse.install(tmp_path / "one", "healthy")
    two = wheelhouse.install(tmp_path / "two", "healthy")
    (two / "hub_module_healthy-1.2.dist-info" / "INSTALLER").write_text("uv\n")
    with (two / "hub_module_healthy-1.2.dist-info" / "RECORD").open("a") as record:
        record.write("hub_module_healthy/__pycache__/__init__.cpython-311.pyc,,\n")
        record.write("../../../bin/healthy,sha256=of-a-script-that-names-its-interpreter,200\n")
    assert only(one).hash == only(two).hash
    assert len(only(one).hash) == 64


def test_a_record_without_hashes_is_stood_in_for_by_the_files(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy")
    record = site / "hub_module_healthy-1.2.dist-info" / "RECORD"
    record.write_text("".join(f"{row.partition(',')[0]},,\n" for row in record.read_text().splitlines()))
    before = only(site).hash
    (site / "hub_module_healthy" / "new.py").write_text("")
    assert len(before) == 64
    assert only(site).hash != before


def test_another_build_has_another_hash(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy")
    before = only(site).hash
    record = site / "hub_module_healthy-1.2.dist-info" / "RECORD"
    record.write_text(record.read_text().replace("hub-module.toml,sha256=", "hub-module.toml,sha256=x"))
    assert only(site).hash != before


def test_two_distributions_of_one_name_are_both_listed(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    acme = wheelhouse.install(tmp_path / "acme", "same_name_twice/acme")
    zeta = wheelhouse.install(tmp_path / "zeta", "same_name_twice/zeta")
    catalog = read_catalog([str(zeta), str(acme)])
    assert [(module.name, module.distribution) for module in catalog.modules] == [
        ("twice", "acme-twice"),
        ("twice", "zeta-twice"),
    ]


def test_the_first_folder_on_the_path_wins_for_one_distribution(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    one = wheelhouse.install(tmp_path / "one", "healthy")
    two = wheelhouse.install(tmp_path / "two", "healthy")
    (module,) = read_catalog([str(two), str(one)]).modules
    assert module.folder.parent == two
