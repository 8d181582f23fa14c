"""``hub doctor`` and ``pip check`` find the same in one environment, where pip is asked for real."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from hub_core.tests.cli.test_doctor import install
from hub_core.tests.conftest import NewEnvironment

EXAMINE = """
import json
from hub_core.catalog import read_catalog
from hub_core.operations.doctor.distributions import examine
path = [{site!r}]
print(json.dumps([(each.code, each.text) for each in examine(read_catalog(path).distributions)]))
"""
PIP_LINES = (
    ("missing_requirement", re.compile(r"(?P<by>\S+) \S+ requires (?P<name>\S+), which is not installed\.")),
    ("version_mismatch", re.compile(r"(?P<by>\S+) \S+ has requirement (?P<name>[\w.-]+).*, but you have .*\.")),
)


@pytest.fixture
def new_environment(tmp_path: Path) -> NewEnvironment:
    """One that no other test has put anything into."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, capture_output=True)
    return NewEnvironment(tmp_path / "venv")


def test_they_name_the_same_distributions_for_the_same_faults(new_environment: NewEnvironment) -> None:
    site = new_environment.site_packages
    made = install_faults(site)
    try:
        checked = subprocess.run(
            [new_environment.python, "-m", "pip", "check"], capture_output=True, text=True, check=False
        )
        ours = json.loads(new_environment.run(EXAMINE.format(site=str(site))))
    finally:
        for info in made:
            for file in info.iterdir():
                file.unlink()
            info.rmdir()
    assert checked.returncode == 1, checked.stderr
    theirs = {read_pip(line) for line in checked.stdout.splitlines()}
    assert {read_ours(code, text) for code, text in ours if code != "python_mismatch"} == theirs
    assert len(theirs) == 6
    assert [text.partition(";")[0] for code, text in ours if code == "python_mismatch"] == ["old 1.0 needs Python <3"]


def install_faults(site: Path) -> list[Path]:
    """One distribution for each way to ask: some of them are met, some are not."""
    return [
        install(site, "target", version="2.0rc1"),
        install(site, "Odd.Name_x", version="1.0+local"),
        install(site, "fits", "Requires-Dist: target>=1\n", "Requires-Dist: odd-name-X==1.0\n", "Requires-Dist: target[more]\n"),
        install(site, "newer", "Requires-Dist: target>=2\n", "Requires-Dist: target<3,>=2.0rc1\n"),
        install(site, "missing", "Requires-Dist: nowhere\n", "Requires-Dist: No.Where_2>=1; python_version >= '3'\n"),
        install(site, "elsewhere", "Requires-Dist: nowhere; python_version < '3'\n", "Requires-Dist: nowhere; extra == 'x'\n"),
        install(site, "older", "Requires-Dist: target<2.0b1\n", "Requires-Dist: odd_name.x!=1.0\n"),
        install(site, "exact", "Requires-Dist: target===2.0\n"),
        install(site, "old", "Requires-Python: <3\n"),
    ]  # fmt: skip


def read_pip(line: str) -> tuple[str, str, str]:
    """Code, who requires, what is required."""
    for code, pattern in PIP_LINES:
        if found := pattern.fullmatch(line):
            return code, canonicalize_name(found["by"]), canonicalize_name(found["name"])
    raise AssertionError(f"pip check says: {line}")


def read_ours(code: str, text: str) -> tuple[str, str, str]:
    found = re.match(r"(\S+) \S+ needs ([\w.-]+)", text)
    assert found, text
    return code, canonicalize_name(found[1]), canonicalize_name(found[2])
