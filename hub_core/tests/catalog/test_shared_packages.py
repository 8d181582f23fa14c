"""A fork often keeps the package's name. Whose code would then run must not depend on who was installed last."""

import shutil
from pathlib import Path

import pytest

from hub_core.catalog import read_catalog
from hub_core.tests.conftest import Wheelhouse


@pytest.fixture
def fork(wheelhouse: Wheelhouse, tmp_path: Path) -> Path:
    """A folder in which ``acme-healthy`` is installed, with the package of ``hub-module-healthy`` and another file."""
    site = wheelhouse.install(tmp_path / "fork", "healthy")
    info = (site / "hub_module_healthy-1.2.dist-info").rename(site / "acme_healthy-1.2.dist-info")
    metadata = info / "METADATA"
    metadata.write_text(metadata.read_text().replace("Name: hub-module-healthy", "Name: acme-healthy"))
    (site / "hub_module_healthy" / "__init__.py").write_text("FORKED = True\n")
    record = info / "RECORD"
    rows = [row for row in record.read_text().splitlines() if "__init__.py" not in row]
    record.write_text("\n".join(rows) + "\n")
    return site


def refused(*folders: Path) -> dict[str, list[str]]:
    return {
        module.distribution: [fault.text for fault in module.faults if fault.code == "package_taken"]
        for module in read_catalog([str(folder) for folder in folders]).modules
    }


def test_of_two_folders_only_the_one_python_imports_has_the_package(
    wheelhouse: Wheelhouse, tmp_path: Path, fork: Path
) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy")
    both = "acme-healthy and hub-module-healthy bring the package hub_module_healthy, and Python would import that of"
    assert refused(fork, site) == {
        "acme-healthy": [],
        "hub-module-healthy": [f"{both} {fork / 'hub_module_healthy'}"],
    }
    assert refused(site, fork) == {
        "acme-healthy": [f"{both} {site / 'hub_module_healthy'}"],
        "hub-module-healthy": [],
    }


def test_a_module_whose_files_another_install_replaced_is_refused(
    wheelhouse: Wheelhouse, tmp_path: Path, fork: Path
) -> None:
    site = wheelhouse.install(tmp_path / "site", "healthy")
    shutil.copytree(fork, site, dirs_exist_ok=True)
    file = site / "hub_module_healthy" / "__init__.py"
    both = "acme-healthy and hub-module-healthy bring the package hub_module_healthy"
    assert refused(site) == {
        "acme-healthy": [],
        "hub-module-healthy": [f"{both}, and {file} is not the one hub-module-healthy brought"],
    }
