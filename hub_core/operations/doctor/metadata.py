"""Are there distributions that cannot be told what they are? The catalog found them; here they are named."""

from collections.abc import Iterable, Iterator
from typing import Final

from ...catalog import Finding
from ..observation import Observation, ok

_ELSEWHERE: Final = ("install_unfinished", "module_path_missing")
"""The checks of leftovers and of paths name these."""
_ERRORS: Final = ("path_unreadable",)


def examine(findings: Iterable[Finding]) -> Iterator[Observation]:
    """What the catalog could not read; an error where modules may hide in it."""
    findings = [finding for finding in findings if finding.code not in _ELSEWHERE]
    for finding in findings:
        yield Observation(
            level="error" if finding.code in _ERRORS else "warning",
            code=finding.code,
            text=finding.text,
            remedy=finding.remedy,
        )
    if not findings:
        yield ok(code="metadata_readable", text="the metadata of every distribution can be read")
