"""Turn what uv and pip say when they find no answer into one sentence per fact: who needs what, what is not there.

Both write for people, each in its own words and over many lines. What is known of these words is kept here; the raw text
goes along with the error, for what the words do not say.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .bench import Bench
from .failures import BuildFailed, IndexUnreachable, PackageNotFound, PackagesConflict
from .tool import Ran, last_words

_UNREACHABLE: Final = re.compile(
    r"Retrying \(Retry\(|Max retries exceeded|Could not fetch URL|HTTP error \d+|Failed to fetch: |Request failed after"
    r"|error sending request|HTTP status (?:client|server) error|tcp connect error|Connection refused|dns error"
)
_BUILD: Final = re.compile(
    r"Failed to build|build backend|metadata-generation-failed|Preparing metadata .*error|subprocess-exited-with-error"
)

_PIP_MISSING: Final = re.compile(
    r"Could not find a version that satisfies the requirement (?P<asked>.+?)(?: \(from (?!versions)(?P<who>.+?)\))?"
    r" \(from versions: (?P<there>.*?)\)\s*(?:$|ERROR)",
    re.MULTILINE,
)
_PIP_CLAUSE: Final = re.compile(r"^    (?P<who>\S+) (?P<version>\S+) depends on (?P<what>.+)$", re.MULTILINE)
_PIP_ASKED: Final = re.compile(r"^    The user requested (?P<what>.+)$", re.MULTILINE)
_PIP_PYTHON: Final = re.compile(
    r"Package '(?P<who>[^']+)' requires a different Python: (?P<now>\S+) not in '(?P<what>[^']+)'"
)

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^]]*\])?"
_RANGE: Final = r"(?:(?:[<>=!~]=?|===)[A-Za-z0-9.*+!]+(?:,(?:[<>=!~]=?|===)[A-Za-z0-9.*+!]+)*)"
_UV_CLAUSE: Final = re.compile(
    rf"(?P<all>all versions of )?(?P<who>{_NAME})(?P<range>{_RANGE})? depends? on (?P<what>{_NAME}{_RANGE}?)"
)
_UV_ASKED: Final = re.compile(rf"you require (?P<what>{_NAME}{_RANGE}?)")
_UV_MISSING: Final = re.compile(
    rf"(?P<what>{_NAME}) was not found in|there (?:is|are) no versions? of (?P<none>{_NAME}{_RANGE}?)"
    rf"|only (?P<range>{_NAME}{_RANGE}?) (?:is|are) available"
)
_UV_PYTHON: Final = re.compile(rf"current Python version \((?P<now>[^)]+)\) does not satisfy Python(?P<what>{_RANGE})")


def explained(ran: Ran, bench: Bench) -> Exception:
    """The error that says why a tool found no answer."""
    text, source = _one_line(ran.output), str(bench.sources)
    if ran.has_no_space:
        return ran.told("what is asked for cannot be fetched", bench.temporary)
    if clauses := tuple(dict.fromkeys(_clauses(ran.output, text))):
        return PackagesConflict(clauses, ran.output)
    if _UNREACHABLE.search(text):
        return IndexUnreachable(source, last_words(ran.output), ran.output)
    if missing := _missing(ran.output, text, source):
        return missing
    if _BUILD.search(text):
        return BuildFailed("what was asked for", last_words(ran.output), ran.output)
    return ran.told("what is asked for could not be resolved", bench.temporary)


def build_failed(ran: Ran, source: Path, bench: Bench) -> Exception:
    """The error that says why a project or archive did not become a wheel."""
    if ran.has_no_space:
        return ran.told(f"{source} cannot be built into a wheel", bench.temporary)
    return BuildFailed(str(source), last_words(ran.output), ran.output)


def _one_line(output: str) -> str:
    """uv breaks its sentences to the width of a terminal, behind a drawn branch."""
    return " ".join(re.sub(r"[\u00d7\u2500-\u25ff]", " ", output).split())


def _clauses(output: str, text: str) -> Iterator[str]:
    for found in _PIP_PYTHON.finditer(output):
        yield f"{found['who']} needs Python {found['what']}, and this is {found['now']}"
    if "The conflict is caused by" in output:
        for found in _PIP_CLAUSE.finditer(output):
            yield f"{found['who']} {found['version']} needs {found['what']}"
        for found in _PIP_ASKED.finditer(output):
            if not found["what"].startswith("(constraint) "):
                yield f"{found['what']} is asked for"
    elif "No solution found" in text and (said := _uv_clauses(text)):
        yield from said


def _uv_clauses(text: str) -> list[str]:
    """Nothing where one requirement alone cannot be met: that is a release that is not there."""
    if python := _UV_PYTHON.search(text):
        who = ", ".join(
            sorted({found["who"] for found in re.finditer(rf"(?P<who>{_NAME}{_RANGE}?) depends on Python", text)})
        )
        return [f"{who or 'what is asked for'} needs Python {python['what']}, and this is {python['now']}"]
    found = [clause for clause in _UV_CLAUSE.finditer(text) if clause["what"] != "Python"]
    exact = {clause["who"] for clause in found if not clause["all"]}
    needs = [
        f"{_release(clause['who'], clause['range'])} needs {clause['what']}"
        for clause in found
        if not (clause["all"] and clause["who"] in exact)
    ]
    asked = [f"{clause['what']} is asked for" for clause in _UV_ASKED.finditer(text)]
    contested = re.search("was not found in|there (?:is|are) no versions? of", text) is None
    targets = {re.split(r"[<>=!~\[]", clause["what"])[0] for clause in found}
    wanted = [re.split(r"[<>=!~\[]", line)[0] for line in (clause["what"] for clause in _UV_ASKED.finditer(text))]
    meets = len(needs) > 1 or any(name in targets for name in wanted)
    return [*sorted(set(needs)), *sorted(set(asked))] if needs and contested and meets else []


def _release(name: str, clause: str | None) -> str:
    return f"{name} {clause.removeprefix('==')}" if clause and clause.startswith("==") else f"{name}{clause or ''}"


def _missing(output: str, text: str, source: str) -> PackageNotFound | None:
    if found := _PIP_MISSING.search(output):
        there = found["there"] if found["there"] != "none" else ""
        asked, who = found["asked"], found["who"] or ""
        if who.startswith("-r ") or "requirements" in who:
            who = ""
        return PackageNotFound(asked, source, needed_by=who, there=_only(asked, there), output=output)
    if "No solution found" in text and (found := _UV_MISSING.search(text)):
        there = found["range"] or ""
        name = re.split(r"[<>=!~\[]", found["what"] or found["none"] or there)[0]
        asked_for = next(
            (each["what"] for each in _UV_ASKED.finditer(text) if re.split(r"[<>=!~\[]", each["what"])[0] == name), ""
        )
        needing = next(
            (each for each in _UV_CLAUSE.finditer(text) if re.split(r"[<>=!~\[]", each["what"])[0] == name), None
        )
        who = "" if asked_for or needing is None else _release(needing["who"], needing["range"])
        asked = asked_for or (needing["what"] if needing else name)
        return PackageNotFound(asked, source, needed_by=who, there=f"only {there}" if there else "", output=output)
    return None


def _only(asked: str, there: str) -> str:
    name = re.split(r"[<>=!~\[ ]", asked)[0]
    return f"only {name} {there}" if there else ""
