"""Do all installed distributions fit together? Answers as ``pip check`` does, and holds each against this Python too."""

from collections.abc import Iterator, Mapping

from ...catalog import FoundDistribution
from ...manifest import TextInvalid, range_text, read_range
from ...resolution import Asked, asked
from ..observation import Observation, error, ok, warning
from .python import HERE


def examine(distributions: Mapping[str, FoundDistribution]) -> Iterator[Observation]:
    """Each requirement of each distribution whose marker holds here. As for pip, what stands under an extra is left out."""
    fits = True
    for name, found in sorted(distributions.items()):
        for observation in _of_one(name, found, distributions):
            fits = False
            yield observation
    if fits:
        yield ok(code="distributions_fit", text=f"{len(distributions)} distributions, and all fit together")


def _of_one(
    name: str, found: FoundDistribution, distributions: Mapping[str, FoundDistribution]
) -> Iterator[Observation]:
    own = f"{name} {found.version}"
    try:
        if not read_range(found.requires_python).contains(HERE, prereleases=True):
            yield error(
                code="python_mismatch",
                text=f"{own} needs Python {range_text(read_range(found.requires_python))}; this is {HERE}",
                remedy=f"Install a release of {name} for Python {HERE}, or use another Python",
            )
    except TextInvalid as fault:
        yield _invalid(own, name, f"Requires-Python: {fault}")
    for text in found.requires:
        try:
            requirement = asked(text)
            if requirement.always:
                yield from _against(own, requirement, distributions)
        except TextInvalid as fault:
            yield _invalid(own, name, str(fault))


def _against(own: str, requirement: Asked, distributions: Mapping[str, FoundDistribution]) -> Iterator[Observation]:
    installed = distributions.get(requirement.distribution)
    if installed is None:
        yield error(
            code="missing_requirement",
            text=f"{own} needs {requirement}, which is not installed",
            remedy=f"pip install '{requirement}'",
        )
    elif not requirement.holds_for(installed.version):
        yield error(
            code="version_mismatch",
            text=f"{own} needs {requirement}, but {installed.version} is installed",
            remedy=f"pip install '{requirement}'",
        )


def _invalid(own: str, name: str, why: str) -> Observation:
    return warning(
        code="metadata_invalid",
        text=f"the metadata of {own} has a requirement without meaning: {why}",
        remedy=f"Install a release of {name} with valid metadata",
    )
