"""Files that are no files, endless, looping, shut or odd: each is a reason within a tenth of a second, never a crash."""

import json
import os
import stat
import subprocess
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hub_core.catalog import Catalog, read_catalog
from hub_core.tests.catalog.module_on_disk import HUB_MODULE, revision, write_module

PACKAGE = "hub_ledger"
INFO = "ledger-1.0.dist-info"
REVISION = f"{PACKAGE}/migrations/versions/0001.py"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the module ``ledger`` and, to see that reading goes on behind it, the module ``other``."""
    folder = tmp_path / "site"
    write_module(folder, revisions={"0001.py": revision("a")})
    write_module(folder, "other")
    return folder


def quickly(site: Path) -> Catalog:
    """Read the catalog; of three times the best must be short, since the machine has other things to do."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        catalog = read_catalog([str(site)])
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.1
    assert not next(module for module in catalog.modules if module.name == "other").faults
    return catalog


def reasons(catalog: Catalog) -> list[str]:
    """The codes of the findings, then those of the faults of ``ledger``."""
    findings = [finding.code for finding in catalog.findings]
    return findings + [fault.code for module in catalog.modules for fault in module.faults if module.name == "ledger"]


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("make", [pipe, unix_socket, device, folder, loop])
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (f"{INFO}/METADATA", ["distribution_unreadable", "metadata_invalid"]),
        (f"{INFO}/entry_points.txt", ["distribution_unreadable"]),
        (f"{INFO}/RECORD", ["metadata_invalid"]),
        (f"{PACKAGE}/{HUB_MODULE}", ["manifest_invalid"]),
        (REVISION, ["migrations_invalid"]),
    ],
)
def test_what_is_no_file_is_refused(site: Path, make: Callable[[Path], None], file: str, expected: list[str]) -> None:
    (site / file).unlink()
    make(site / file)
    assert reasons(quickly(site)) == expected


@pytest.mark.parametrize("make", [pipe, unix_socket, device, loop])
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (INFO, ["distribution_unreadable"]),
        (PACKAGE, ["package_missing"]),
        (f"{PACKAGE}/migrations/versions", ["migrations_invalid"]),
    ],
)
def test_what_is_no_folder_is_refused(
    site: Path, make: Callable[[Path], None], place: str, expected: list[str]
) -> None:
    subprocess.run(["rm", "-r", str(site / place)], check=True)
    make(site / place)
    assert reasons(quickly(site)) == expected


@pytest.mark.parametrize("make", [pipe, unix_socket, device, folder, loop])
def test_an_editable_finder_that_is_no_file_leads_nowhere(site: Path, make: Callable[[Path], None]) -> None:
    (site / INFO / "RECORD").write_text("ledger.pth,,\n__editable___ledger_finder.py,,\n")
    subprocess.run(["rm", "-r", str(site / PACKAGE)], check=True)
    make(site / "ledger.pth")
    make(site / "__editable___ledger_finder.py")
    assert reasons(quickly(site)) == ["package_missing"]


def test_an_entry_of_the_path_that_loops_is_reported(site: Path) -> None:
    loop(site / "loop")
    catalog = read_catalog([str(site / "loop"), str(site)])
    assert [finding.code for finding in catalog.findings] == ["path_unreadable"]
    assert len(catalog.modules) == 2


@pytest.mark.parametrize(
    ("file", "size", "expected", "text"),
    [
        (f"{PACKAGE}/{HUB_MODULE}", 100 * 2**20, ["manifest_invalid"], "has 104857600 bytes; 100000 are allowed"),
        (f"{INFO}/RECORD", 100 * 2**20, ["metadata_invalid"], "has 104857600 bytes; 4194304 are allowed"),
        (f"{INFO}/entry_points.txt", 2**30, ["distribution_unreadable"], "has 1073741824 bytes; 1048576 are allowed"),
        (REVISION, 2**30, ["migrations_invalid"], "has 1073741824 bytes; 131072 are allowed"),
    ],
)
def test_a_file_too_large_is_not_read_and_its_size_is_said(
    site: Path, file: str, size: int, expected: list[str], text: str
) -> None:
    os.truncate(site / file, size)
    tracemalloc.start()
    catalog = read_catalog([str(site)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons(catalog) == reasons(quickly(site)) == expected
    assert peak < 5_000_000
    texts = [each.text for each in catalog.findings] + [
        each.text for module in catalog.modules for each in module.faults
    ]
    assert texts[0].endswith(f"{file} {text}")


def test_of_the_metadata_only_the_header_is_read(site: Path) -> None:
    os.truncate(site / INFO / "METADATA", 2**30)
    assert reasons(quickly(site)) == []


def test_a_header_without_an_end_is_refused(site: Path) -> None:
    (site / INFO / "METADATA").write_text("Name: ledger\nVersion: 1.0\n" + "Classifier: x\n" * 100_000)
    assert reasons(quickly(site)) == ["distribution_unreadable", "metadata_invalid"]


def test_a_value_continued_over_a_hundred_thousand_lines_is_no_stall(site: Path) -> None:
    (site / INFO / "METADATA").write_text("Name: ledger\nVersion: 1.0\nSummary: x\n" + " y\n" * 100_000)
    assert reasons(quickly(site)) == []


def test_more_requirements_than_anybody_has_are_a_fault_of_their_module(site: Path) -> None:
    many = "".join(f"Requires-Dist: library{number}\n" for number in range(2001))
    (site / INFO / "METADATA").write_text(f"Name: ledger\nVersion: 1.0\n{many}")
    catalog = quickly(site)
    assert reasons(catalog) == ["metadata_invalid"]
    assert "2001 Requires-Dist" in catalog.modules[0].faults[0].text


def test_few_requirements_of_great_length_are_a_fault_of_their_module(site: Path) -> None:
    clauses = ",".join(f"!={number}" for number in range(200))
    many = "".join(f"Requires-Dist: library{number}{clauses}\n" for number in range(400))
    (site / INFO / "METADATA").write_text(f"Name: ledger\nVersion: 1.0\n{many}")
    assert reasons(quickly(site)) == ["metadata_invalid"]


@pytest.mark.parametrize("depth", [400, 480])
def test_a_requirement_nested_to_the_limits_is_no_crash(site: Path, depth: int) -> None:
    text = f"a; {'(' * depth}os_name=='x'{')' * depth}"
    (site / INFO / "METADATA").write_text(f"Name: ledger\nVersion: 1.0\nRequires-Dist: {text}\n")
    assert reasons(quickly(site)) in ([], ["metadata_invalid"])


def test_odd_texts_of_a_distribution_that_is_no_module_are_carried_as_they_are(site: Path) -> None:
    info = site / "odd-1.dist-info"
    info.mkdir()
    many = "".join(f"Requires-Dist: \u0661 {number}\n" for number in range(3000))
    (info / "METADATA").write_text(f"Name: odd\nVersion: {'9' * 5000}\nRequires-Python: \u2603\n{many}")
    found = quickly(site).distributions["odd"]
    assert (len(found.version), found.requires_python, len(found.requires)) == (5000, "\u2603", 3000)
    assert found.requires[0] == "\u0661 0"


def test_a_line_separator_within_a_summary_begins_no_field(site: Path) -> None:
    (site / INFO / "METADATA").write_text("Name: ledger\nVersion: 1.0\nSummary: a\u2028Requires-Dist: evil\n")
    assert quickly(site).modules[0].requires == ()


@pytest.mark.parametrize("name", ["led\0ger", "LEDGER", "lédger", "\u202eledger", "led ger", "x" * 500, "\x1b[31m"])
def test_an_odd_name_of_an_entry_point_is_a_fault(site: Path, name: str) -> None:
    (site / INFO / "entry_points.txt").write_text(f"[hub.modules]\n{name} = hub_ledger\n")
    (odd,) = [module for module in quickly(site).modules if module.distribution == "ledger"]
    assert [fault.code for fault in odd.faults] == ["name_invalid"]


@pytest.mark.parametrize("value", ["hub\0ledger", "hub_l\u0117dger", "hub_ledger\u200b", "hub_ledger:", "a" * 900, ":"])
def test_an_odd_target_of_an_entry_point_is_a_fault(site: Path, value: str) -> None:
    (site / INFO / "entry_points.txt").write_text(f"[hub.modules]\nledger = {value}\n")
    assert reasons(quickly(site)) == ["package_missing"]


@pytest.mark.parametrize(
    "text",
    [
        "[hub.modules]\n" + "".join(f"m{number} = hub_ledger\n" for number in range(21)),
        "[hub.modules]\n" + "".join(f"m{number} = hub_ledger\n" for number in range(50_000)),
        f"[hub.modules]\nledger = {'a' * 900_000}\n",
    ],
    ids=["21 modules", "50000 modules", "one endless line"],
)
def test_more_entry_points_than_anybody_has_are_reported(site: Path, text: str) -> None:
    (site / INFO / "entry_points.txt").write_text(text)
    catalog = quickly(site)
    assert [finding.code for finding in catalog.findings] == ["distribution_unreadable"]
    assert [module.name for module in catalog.modules] == ["other"]


@pytest.fixture
def shut_site(tmp_path: Path) -> Iterator[Path]:
    """A folder that somebody without rights can get to, which ``tmp_path`` is not."""
    with TemporaryDirectory(prefix="hub-shut-") as made:
        Path(made).chmod(0o755)
        write_module(Path(made), revisions={"0001.py": revision("a")})
        yield Path(made)
        Path(made).chmod(0o755)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (".", ["path_unreadable"]),
        (INFO, ["distribution_unreadable"]),
        (f"{INFO}/METADATA", ["distribution_unreadable", "metadata_invalid"]),
        (f"{INFO}/entry_points.txt", ["distribution_unreadable"]),
        (f"{INFO}/RECORD", ["metadata_invalid"]),
        (PACKAGE, ["manifest_invalid", "migrations_invalid"]),
        (f"{PACKAGE}/{HUB_MODULE}", ["manifest_invalid"]),
        (f"{PACKAGE}/migrations", ["migrations_invalid"]),
        (REVISION, ["migrations_invalid"]),
    ],
)
def test_what_may_not_be_read_is_refused(shut_site: Path, place: str, expected: list[str]) -> None:
    (shut_site / place).chmod(0)
    assert reasons_to_nobody(shut_site) == expected


def reasons_to_nobody(site: Path) -> list[str]:
    """What a process without rights reads: the tests may run as root, whom no mode keeps out."""
    mine, theirs = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside the threads of pytest-xdist
        child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            os.write(theirs, json.dumps(reasons(read_catalog([str(site)]))).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with os.fdopen(mine) as answer:
        told: list[str] = json.loads(answer.read())
    return told


def test_names_that_mean_the_same_distribution_are_reported_and_one_counts(site: Path) -> None:
    for written in ("Hub_Module.Billing", "hub-module-billing"):
        info = site / f"{written}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {written}\nVersion: 1.0\nSummary: {written}\n")
    catalog = quickly(site)
    assert [finding.code for finding in catalog.findings] == ["distribution_twice"]
    assert "hub-module-billing" in catalog.distributions


@pytest.mark.parametrize(
    "text",
    ["-" * 500_000 + "1", "1+" * 200_000 + "1", "(" * 100_000, "a" + ".b" * 200_000, "revision = 'a'\0", "\udcff"],
    ids=["signs", "sums", "parentheses", "attributes", "NUL", "not UTF-8"],
)
def test_a_revision_python_cannot_parse_is_a_fault(site: Path, text: str) -> None:
    (site / REVISION).write_bytes(text.encode(errors="surrogateescape"))
    assert reasons(read_catalog([str(site)])) == ["migrations_invalid"]


@pytest.fixture
def editable(site: Path) -> Path:
    """The package of ``ledger``, which RECORD does not list any more, so that its files are looked at."""
    (site / INFO / "RECORD").write_text("")
    return site / PACKAGE


def test_a_link_back_to_the_parent_ends_where_it_stands(site: Path, editable: Path) -> None:
    (editable / "again").symlink_to(editable, target_is_directory=True)
    (editable / "up").symlink_to("..")
    assert reasons(quickly(site)) == []


def test_pipes_and_names_that_are_no_text_in_a_package_are_no_matter(site: Path, editable: Path) -> None:
    pipe(editable / "pipe")
    (editable / os.fsdecode(b"\xff.py")).write_text("")
    assert reasons(quickly(site)) == []


@pytest.mark.parametrize(("depth", "expected"), [(90, []), (1500, ["metadata_invalid"]), (5000, ["metadata_invalid"])])
def test_folders_deeper_than_python_calls_are_no_crash(
    site: Path, editable: Path, request: pytest.FixtureRequest, depth: int, expected: list[str]
) -> None:
    request.addfinalizer(lambda: subprocess.run(["rm", "-rf", str(editable)], check=True))
    here = os.open(editable, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert reasons(quickly(site)) == expected


def test_a_pth_file_of_endless_lines_is_no_stall(site: Path, editable: Path) -> None:
    (site / INFO / "RECORD").write_text("ledger.pth,,\n")
    editable.rename(site / "elsewhere")
    (site / "ledger.pth").write_text("".join(f"{number}\n" for number in range(150_000)))
    assert reasons(quickly(site)) == ["package_missing"]
