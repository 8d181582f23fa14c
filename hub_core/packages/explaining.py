"""Turn what uv and pip say when they find no answer into one sentence per fact: who needs what, what is not there.

Both write for people, each in its own words and over many lines. What is known of these words is kept here; the raw text
goes along with the error, for what the words do not say.
"""

import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .bench import Bench
from .failures import BuildFailed, IndexUnreachable, PackageNotFound, PackagesConflict, WheelDamaged
from .tool import Ran, last_words

_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[^]]*\])?"
_CLAUSE: Final = r"(?:===|[<>=!~]=?)[A-Za-z0-9*+!]+(?:\.[A-Za-z0-9*+!]+)*"
_WHAT: Final = rf"(?P<what>{_NAME}(?:{_CLAUSE}(?:,{_CLAUSE})*)?)"
_WHO: Final = rf"(?P<who>{_NAME})(?P<range>{_CLAUSE}(?:,{_CLAUSE})*)?"

_UNREACHABLE: Final = re.compile(
    r"Retrying \(Retry\(|Max retries exceeded|Could not fetch URL .*|HTTP error \d+.*|Failed to fetch: .*|not a trusted or secure host"
    r"|Request failed after|error sending request|HTTP status (?:client|server) error.*|tcp connect error|dns error"
)
_NOT_AN_OUTAGE: Final = re.compile(r"Could not fetch URL .*404")
_OTHER_HASH: Final = re.compile(
    r"^\s+(?P<file>\S+) from .*\n\s+Expected sha256 (?P<expected>\w+)\s+Got\s+(?P<found>\w+)", re.MULTILINE
)
_BUILD: Final = re.compile(r"Failed to build|build backend|metadata-generation-failed|subprocess-exited-with-error")

_PIP_MISSING: Final = re.compile(
    r"that satisfies the requirement (?P<asked>.+?)(?: \(from (?!versions)(?P<who>.+?)\))? \(from versions: (?P<there>.*?)\)"
)
_PIP_CLAUSE: Final = re.compile(r"^    (?P<who>\S+) (?P<version>\S+) depends on (?P<what>.+)$", re.MULTILINE)
_PIP_ASKED: Final = re.compile(r"^    The user requested (?P<what>(?!\(constraint\)).+)$", re.MULTILINE)
_PIP_PYTHON: Final = re.compile(r"Package '(?P<who>[^']+)' requires a different Python: \S+ not in '(?P<what>[^']+)'")

_UV_FAILED: Final = "No solution found"
_UV_CONCLUSION: Final = re.compile(r",? we can conclude that .*?(?=\. And because|\.? *$)")
_UV_CLAUSE: Final = re.compile(rf"{_WHO} depends? on {_WHAT}")
_UV_ASKED: Final = re.compile(rf"you require {_WHAT}")
_UV_PYTHON: Final = re.compile(rf"{_WHO} requires? Python ?(?P<what>{_CLAUSE}(?:,{_CLAUSE})*)")
_UV_NONE: Final = re.compile(rf"{_WHAT} was not found|there (?:is|are) no versions? of (?P<none>{_NAME})")
_UV_ONLY: Final = re.compile(rf"only (?P<there>(?P<name>{_NAME})(?:{_CLAUSE}(?:,{_CLAUSE})*)?) (?:is|are) available")


def explained(ran: Ran, bench: Bench) -> Exception:
    """The error that says why a tool found no answer, or could not fetch it."""
    source = str(bench.sources)
    if ran.has_no_space:
        return ran.told("what is asked for cannot be fetched", bench.temporary)
    if other := _OTHER_HASH.search(ran.output):
        return WheelDamaged(other["file"], other["expected"], other["found"], source)
    if clauses := tuple(dict.fromkeys((*_python(ran.output), *_pip_clauses(ran.output), *_uv_clauses(ran.output)))):
        return PackagesConflict(clauses, ran.output)
    if outage := _outage(ran.output):
        return IndexUnreachable(source, outage, ran.output)
    if missing := _pip_missing(ran.output, source) or _uv_missing(ran.output, source):
        return missing
    if _BUILD.search(ran.output):
        return BuildFailed("what is asked for", last_words(ran.output), ran.output)
    return ran.told("what is asked for could not be resolved", bench.temporary)


def build_failed(ran: Ran, source: Path, bench: Bench) -> Exception:
    """The error that says why a project or archive did not become a wheel."""
    if ran.has_no_space:
        return ran.told(f"{source} cannot be built into a wheel", bench.temporary)
    return BuildFailed(str(source), last_words(ran.output), ran.output)


def _outage(output: str) -> str:
    lines = [line for line in output.splitlines() if _UNREACHABLE.search(line) and not _NOT_AN_OUTAGE.search(line)]
    if not lines:
        return ""
    return last_words(output) if _UV_FAILED not in output and "error: " in output else lines[-1].strip()


def _python(output: str) -> Iterator[str]:
    found = [*_PIP_PYTHON.finditer(output), *(_UV_PYTHON.finditer(_premises(output)) if _UV_FAILED in output else ())]
    for each in found:
        who = _release(each["who"], each["range"]) if "range" in each.groupdict() else each["who"]
        yield f"{who} needs Python {each['what']}, and this is {platform.python_version()}"


def _pip_clauses(output: str) -> Iterator[str]:
    if "The conflict is caused by" in output:
        for found in _PIP_CLAUSE.finditer(output):
            yield f"{found['who']} {found['version']} needs {found['what']}"
        for found in _PIP_ASKED.finditer(output):
            yield f"{found['what']} is asked for"


def _uv_clauses(output: str) -> list[str]:
    """Nothing where one requirement alone cannot be met: that is a release that is not there."""
    text = _premises(output)
    if not text or _UV_NONE.search(text):
        return []
    needs = [f"{_release(found['who'], found['range'])} needs {found['what']}" for found in _UV_CLAUSE.finditer(text)]
    asked = [
        f"{found['what']} is asked for" for found in _UV_ASKED.finditer(text) if _bare(found["what"]) != found["what"]
    ]
    return [*needs, *asked] if len(needs) + len(asked) > 1 and needs else []


def _premises(output: str) -> str:
    """What uv gives as reasons, without what it concludes from them: on one line, for it breaks its lines anywhere."""
    _, failed, text = output.partition(_UV_FAILED)
    return _UV_CONCLUSION.sub("", " ".join(text.split())) if failed else ""


def _pip_missing(output: str, source: str) -> PackageNotFound | None:
    found = _PIP_MISSING.search(output)
    if found is None:
        return None
    who = found["who"] or ""
    there = f"only {_bare(found['asked'])} {found['there']}" if found["there"] != "none" else ""
    return PackageNotFound(
        found["asked"], source, needed_by="" if who.startswith("-") else who, there=there, output=output
    )


def _uv_missing(output: str, source: str) -> PackageNotFound | None:
    text = _premises(output)
    none, only = _UV_NONE.search(text), _uv_only(text)
    if none is None and only is None:
        return None
    name = _bare((none["what"] or none["none"]) if none else only["name"])  # type: ignore[index]
    asked = next((found["what"] for found in _UV_ASKED.finditer(text) if _bare(found["what"]) == name), "")
    needing = next((found for found in _UV_CLAUSE.finditer(text) if _bare(found["what"]) == name), None)
    return PackageNotFound(
        asked or (needing["what"] if needing else name),
        source,
        needed_by="" if asked or needing is None else _release(needing["who"], needing["range"]),
        there=f"only {_release(name, only['there'].removeprefix(name))}" if only and only["name"] == name else "",
        output=output,
    )


def _uv_only(text: str) -> re.Match[str] | None:
    """What is there in other releases than those asked for; uv also says so of what is there as it should be."""
    found = [*_UV_ONLY.finditer(text)]
    ranges = [each["what"] for pattern in (_UV_CLAUSE, _UV_ASKED) for each in pattern.finditer(text)]
    in_the_way = {_bare(what) for what in ranges if _bare(what) != what}
    return next((each for each in found if each["name"] in in_the_way), found[0] if found else None)


def _release(name: str, clause: str | None) -> str:
    return f"{name} {clause.removeprefix('==')}" if clause and clause.startswith("==") else f"{name}{clause or ''}"


def _bare(requirement: str) -> str:
    """The name alone."""
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0]
