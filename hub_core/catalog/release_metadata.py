"""What the metadata of a module should say before it is given to others: it works here today, but nobody knows for how long."""

from collections.abc import Iterator
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..manifest import range_text, read_requirement
from .found import FoundModule, Reason

CONTRACT: Final = "hub-hookspecs"
_UPPER_BOUNDS: Final = frozenset({"<", "<=", "==", "===", "~="})


def release_warnings(found: FoundModule) -> tuple[Reason, ...]:
    """What to add to pyproject.toml."""
    requirements = [read_requirement(text) for text in found.requires]
    return (*_contract(found, requirements), *_urls(requirements), *_python(found))


def _contract(found: FoundModule, requirements: list[Requirement]) -> Iterator[Reason]:
    ours = [each for each in requirements if canonicalize_name(each.name) == CONTRACT]
    remedy = f"Write {CONTRACT}>=1,<2 into dependencies in pyproject.toml, with the version you build for"
    if not ours:
        yield Reason(
            code="contract_not_required",
            text=f"{found.distribution} does not require {CONTRACT}, so a hub of any contract takes it",
            remedy=remedy,
        )
    elif not any(clause.operator in _UPPER_BOUNDS for each in ours for clause in each.specifier):
        asked = range_text(ours[0].specifier)
        yield Reason(
            code="contract_unbounded",
            text=f"{found.distribution} requires {CONTRACT}{asked} without an upper bound",
            remedy=remedy,
        )


def _urls(requirements: list[Requirement]) -> Iterator[Reason]:
    for each in requirements:
        if each.url is not None:
            yield Reason(
                code="direct_url",
                text=f"requires {canonicalize_name(each.name)} from a direct URL; which versions suit it is not known",
                remedy="Write a version range in place of the URL",
            )


def _python(found: FoundModule) -> Iterator[Reason]:
    if not found.requires_python:
        yield Reason(
            code="python_not_required",
            text=f"{found.distribution} does not say which Python it needs, so pip installs it anywhere",
            remedy='Write requires-python = ">=3.11" into pyproject.toml, with the oldest you test on',
        )
