"""Read versions, ranges and requirements from texts that strangers wrote.

``packaging`` takes some Unicode digits and then fails inside ``contains()``, and fails with a plain ``ValueError`` on
versions of thousands of digits, and reads parentheses by recursion. So texts are short, plain and shallow before it sees
them. Results are kept by text: the same few ranges occur in every module.
"""

import re
from functools import lru_cache
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

LONGEST: Final = 1000
_PLAIN: Final = re.compile(r"[ -~\t\r\n]*")
_VERSION: Final = re.compile(r"[A-Za-z0-9.!+*_-]+")
_MOST_CLAUSES: Final = 50
_MOST_PARENTHESES: Final = 50
_PASSWORD: Final = re.compile(r"(://[^\s:/@]*:)[^\s]*(?=@)")
_LOWER_BOUNDS: Final = (">=", ">", "~=", "==")


class TextInvalid(ValueError):
    """A text is no version, range or requirement; the message says which and why."""


@lru_cache(maxsize=4096)
def read_version(text: str) -> Version:
    """Parse a version of PEP 440; :class:`TextInvalid` otherwise."""
    try:
        return Version(_plain(text))
    except (InvalidVersion, ValueError) as error:
        raise TextInvalid(f"{_short(text)} is not a version (PEP 440)") from error


@lru_cache(maxsize=4096)
def read_range(text: str) -> SpecifierSet:
    """Parse a range such as ``>=1,<2``; :class:`TextInvalid` otherwise."""
    try:
        return _harmless(SpecifierSet(_plain(text)))
    except (InvalidSpecifier, ValueError) as error:
        raise TextInvalid(f"{_short(text)} is not a version range such as '>=1,<2'") from error


@lru_cache(maxsize=16384)
def read_requirement(text: str) -> Requirement:
    """Parse one ``Requires-Dist``; :class:`TextInvalid` otherwise. The value is shared: never change it."""
    try:
        requirement = Requirement(_plain(text))
        _harmless(requirement.specifier)
        return requirement
    except (InvalidRequirement, ValueError, RecursionError) as error:
        raise TextInvalid(f"{_short(text)} is not a requirement (PEP 508)") from error


def range_text(specifiers: SpecifierSet) -> str:
    """Write a range as a person would, lower bound first; ``str(SpecifierSet)`` sorts by character."""
    return ",".join(sorted(map(str, specifiers), key=lambda clause: (not clause.startswith(_LOWER_BOUNDS), clause)))


def _plain(text: str) -> str:
    if len(text) > LONGEST or not _PLAIN.fullmatch(text) or text.count("(") > _MOST_PARENTHESES:
        raise ValueError("too long, not plain ASCII, or nested too deeply")
    return text


def _harmless(specifiers: SpecifierSet) -> SpecifierSet:
    """Refuse what grows with the square of its clauses, and ``===`` with a text that is no version.

    Ranges stand between quotes in the commands that remedies are made of.
    """
    if len(specifiers) > _MOST_CLAUSES:
        raise ValueError("too many clauses")
    if not all(_VERSION.fullmatch(clause.version) for clause in specifiers if clause.operator == "==="):
        raise ValueError("=== and no version")
    return specifiers


def _short(text: str) -> str:
    """The text as a reason quotes it. Reasons are told over HTTP too, so the password of a URL goes before anything is cut."""
    text = _PASSWORD.sub(r"\1***", text[: LONGEST + 1])
    return repr(text if len(text) <= 80 else text[:77] + "…")
