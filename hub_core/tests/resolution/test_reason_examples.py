"""Each reason says who needs what, where that stands, what is installed and what mends it; the reference shows it."""

from pathlib import Path
from platform import python_version

import pytest

from hub_core.catalog import Reason
from hub_core.tests.resolution.faults_on_disk import FAULTS, SITE, reasons_on_disk
from hub_core.tests.resolution.reason_examples import EXAMPLES

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "reasons.md"


def shown(reason: Reason, site: str = SITE) -> str:
    """A reason as the reference shows it, with a folder and a Python of no machine."""
    text = f"{reason.text}\n  remedy: {reason.remedy}\n"
    return text.replace(site, SITE).replace(f"this is Python {python_version()}", "this is Python 3.11.7")


def section(code: str) -> str:
    return REFERENCE.read_text(encoding="utf-8").partition(f"\n## `{code}`\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_reference_shows_the_reason_as_it_is_told(code: str) -> None:
    (reason,) = EXAMPLES[code]
    assert reason.code == code
    assert shown(reason) in section(code)


@pytest.mark.parametrize("code", FAULTS)
def test_the_reference_shows_a_fault_of_files_as_it_is_told(code: str, tmp_path: Path) -> None:
    (reason,) = reasons_on_disk(code, tmp_path)
    assert reason.code == code
    assert shown(reason, str(tmp_path)) in section(code)
