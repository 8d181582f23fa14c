"""Whatever lies in site-packages, the catalog reads on: broken distributions are findings, broken modules have faults."""

import os
from pathlib import Path

import pytest

from hub_core.catalog import Catalog, FoundModule, read_catalog
from hub_core.tests.conftest import Wheelhouse


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    distribution(folder, "fine", "2.0")
    return folder


def distribution(site: Path, name: str, version: str, **files: str | bytes) -> Path:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    files = {"METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n\nText\n", **files}
    for file, content in files.items():
        (info / file.replace("__", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    return info


def module_distribution(site: Path, name: str = "ledger", metadata: str = "", manifest: str = "") -> None:
    head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n"
    distribution(site, name, "1.0", METADATA=head + metadata, entry_points__txt=f"[hub.modules]\n{name} = hub_{name}\n")
    (site / f"hub_{name}").mkdir()
    (site / f"hub_{name}" / "hub-module.toml").write_text(manifest)


def codes(catalog: Catalog) -> list[str]:
    return [finding.code for finding in catalog.findings]


def versions(catalog: Catalog) -> dict[str, str]:
    """What can be read; what cannot is there too, with its fault."""
    return {name: found.version for name, found in catalog.distributions.items() if not found.fault}


def only(site: Path) -> FoundModule:
    (module,) = read_catalog([str(site)]).modules
    return module


def faults(site: Path) -> list[str]:
    return [fault.code for fault in only(site).faults]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"\xff\xfe\x00broken",
        b"Name: broken\n",
        b"Version: 1.0\n",
        b"no header at all",
        b"Name: broken\nVersion: 1.0\nSummary: \xe9\n",
    ],
    ids=["missing", "empty", "binary", "no version", "no name", "no header", "latin-1"],
)
def test_a_distribution_with_broken_metadata_is_skipped_and_reported(site: Path, content: bytes | None) -> None:
    info = site / "broken-1.0.dist-info"
    info.mkdir()
    if content is not None:
        (info / "METADATA").write_bytes(content)
    catalog = read_catalog([str(site)])
    assert versions(catalog) == {"fine": "2.0"}
    assert codes(catalog) == ["distribution_unreadable"]
    assert str(info) in catalog.findings[0].text
    assert str(info) in catalog.findings[0].remedy


def test_an_egg_info_is_read_where_it_is_whole_and_reported_where_not(site: Path) -> None:
    (site / "old.egg-info").write_text("Metadata-Version: 1.1\nName: Old_Style\nVersion: 0.1\n")
    (site / "folder.egg-info").mkdir()
    (site / "folder.egg-info" / "PKG-INFO").write_text("Name: folder\nVersion: 3\n")
    (site / "empty.egg-info").mkdir()
    catalog = read_catalog([str(site)])
    assert versions(catalog) == {"fine": "2.0", "folder": "3", "old-style": "0.1"}
    assert codes(catalog) == ["distribution_unreadable"]


def test_metadata_that_is_a_folder_or_a_broken_link_is_reported(site: Path) -> None:
    (site / "folder-1.dist-info" / "METADATA").mkdir(parents=True)
    (site / "link-1.dist-info").symlink_to(site / "nowhere")
    assert codes(read_catalog([str(site)])) == ["distribution_unreadable", "distribution_unreadable"]


def test_leftovers_of_an_interrupted_pip_are_reported(site: Path) -> None:
    distribution(site, "~ine", "1.0")
    distribution(site, "fine", "2.1")
    catalog = read_catalog([str(site)])
    assert sorted(codes(catalog)) == ["distribution_twice", "install_unfinished"]
    assert versions(catalog) == {"fine": "2.1"}


def test_folders_that_are_not_there_and_files_on_the_path_are_passed_over(site: Path) -> None:
    (site / "python.zip").write_bytes(b"PK")
    catalog = read_catalog([str(site / "nowhere"), str(site / "python.zip"), str(site), str(site)])
    assert (versions(catalog), catalog.findings) == ({"fine": "2.0"}, ())


def test_a_folder_that_may_not_be_read_is_reported(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "listdir", refuse)  # the tests may run as root, whom no mode keeps out
    (finding,) = read_catalog([str(site)]).findings
    assert finding.code == "path_unreadable"
    assert finding.text == f"{site.resolve()} cannot be read: Permission denied"


def test_a_module_with_broken_metadata_is_listed_with_the_fault(site: Path) -> None:
    module_distribution(site)
    (site / "ledger-1.0.dist-info" / "METADATA").write_bytes(b"\xff")
    module = only(site)
    assert (module.name, module.distribution) == ("ledger", "ledger")
    assert "metadata_invalid" in [fault.code for fault in module.faults]


@pytest.mark.parametrize(
    "line",
    [
        "Requires-Dist: hub-hookspecs >=1,<\n",
        f"Requires-Dist: other=={'9' * 5000}\n",
        "Requires-Dist: other~=1.2.3prev\u0131ew1\n",
        f"Requires-Dist: other{','.join(['!=1'] * 20_000)}\n",
    ],
    ids=["no number", "5000 digits", "not ASCII", "20000 clauses"],
)
def test_a_requirement_nobody_can_read_is_a_fault_of_its_module(site: Path, line: str) -> None:
    module_distribution(site, metadata=line)
    assert faults(site) == ["metadata_invalid"]
    assert len(only(site).faults[0].text) < 300


def test_a_version_nobody_can_read_is_a_fault_of_its_module(site: Path) -> None:
    module_distribution(site, metadata=f"Version: {'9' * 5000}\n")
    info = site / "ledger-1.0.dist-info" / "METADATA"
    info.write_text(f"Name: ledger\nVersion: {'9' * 5000}\n")
    assert faults(site) == ["metadata_invalid"]


def test_a_continued_header_line_belongs_to_the_line_before(site: Path) -> None:
    module_distribution(site, metadata="Requires-Dist: other\n  >=1\nLicense: MIT\n        more text\n")
    module = only(site)
    assert ([str(each) for each in module.requires], module.license) == (["other >=1"], "MIT")


def test_entry_points_that_are_no_text_are_reported(site: Path) -> None:
    distribution(site, "odd", "1.0", entry_points__txt=b"[hub.modules]\n\xff = x\n")
    assert codes(read_catalog([str(site)])) == ["distribution_unreadable"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[hub.modules]\nledger\n", ["distribution_unreadable"]),
        ("[console_scripts]\nnonsense\n", []),
        ("# [hub.modules]\n[other]\nledger = hub_ledger\n", []),
    ],
    ids=["a module", "no module", "a comment"],
)
def test_a_line_that_is_no_entry_point_is_reported_where_it_matters(site: Path, text: str, expected: list[str]) -> None:
    distribution(site, "odd", "1.0", entry_points__txt=text)
    catalog = read_catalog([str(site)])
    assert (codes(catalog), catalog.modules) == (expected, ())
    assert versions(catalog)["odd"] == "1.0"


def test_an_entry_point_may_name_an_object_and_extras(site: Path) -> None:
    module_distribution(site)
    (site / "ledger-1.0.dist-info" / "entry_points.txt").write_text(
        "[hub.modules]\nledger = hub_ledger : plugin [fast]\n"
    )
    module = only(site)
    assert (module.package, module.entry_point, module.faults) == ("hub_ledger", "hub_ledger:plugin", ())


def test_a_record_that_cannot_be_read_is_a_fault(site: Path) -> None:
    module_distribution(site)
    (site / "ledger-1.0.dist-info" / "RECORD").write_bytes(b"\xff\n")
    assert faults(site) == ["metadata_invalid"]
    assert only(site).faults[0].text == f"{site / 'ledger-1.0.dist-info' / 'RECORD'} is not UTF-8"


def test_a_distribution_installed_in_the_same_tick_of_the_clock_is_seen(site: Path) -> None:
    assert versions(read_catalog([str(site)])) == {"fine": "2.0"}
    before = site.stat()
    distribution(site, "new", "1.0")
    os.utime(site, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert versions(read_catalog([str(site)])) == {"fine": "2.0", "new": "1.0"}


def test_a_module_whose_package_is_gone_says_so(site: Path) -> None:
    distribution(site, "ledger", "1.0", entry_points__txt="[hub.modules]\nledger = hub_ledger\n")
    assert faults(site) == ["package_missing"]


@pytest.mark.parametrize("value", ["", "..", ".x", "a..b", "/etc", "os"])
def test_an_entry_point_that_names_no_package_is_a_fault(site: Path, value: str) -> None:
    distribution(site, "ledger", "1.0", entry_points__txt=f"[hub.modules]\nledger = {value}\n")
    assert faults(site) == ["package_missing"]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("broken_manifest", ["manifest_invalid"] * 3),
        ("missing_manifest", ["manifest_missing"]),
        ("reserved_name", ["name_invalid"]),
    ],
)
def test_a_faulty_module_is_found_with_every_fault(
    wheelhouse: Wheelhouse, tmp_path: Path, sample: str, expected: list[str]
) -> None:
    assert faults(wheelhouse.install(tmp_path / "faulty", sample)) == expected


def test_two_entry_points_in_one_distribution_are_a_fault_of_both(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    modules = read_catalog([str(wheelhouse.install(tmp_path / "faulty", "several_entry_points"))]).modules
    assert [module.name for module in modules] == ["second", "several"]
    assert {fault.code for module in modules for fault in module.faults} == {"several_modules"}


def test_a_manifest_in_another_encoding_is_a_fault(site: Path) -> None:
    module_distribution(site)
    (site / "hub_ledger" / "hub-module.toml").write_bytes('title = "Büro"'.encode("latin-1"))
    assert faults(site) == ["manifest_invalid"]
