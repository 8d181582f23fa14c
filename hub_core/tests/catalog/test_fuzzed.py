"""Whatever stands in the files of a module, reading and judging it raises nothing, and says the same twice and remembered.

Named monsters first, then texts that hypothesis makes up: bytes, lines that are nearly right, valid files with mistakes.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version

from hub_core.catalog import Catalog, read_catalog
from hub_core.catalog import cache as cache_file
from hub_core.cli.main import main
from hub_core.cli.printing import json_text
from hub_core.planning import DocumentInvalid, document, listing
from hub_core.resolution import resolve
from hub_core.tests.catalog.hostile_modules import HOSTILE, write_hostile
from hub_core.tests.catalog.module_on_disk import HUB_MODULE, revision, write_module
from hub_core.tests.catalog.valid_files import DOCUMENT, DOCUMENT_WORDS, VALID, WORDS

FUZZED = settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@pytest.fixture(autouse=True)
def old_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "SETTLED_NS", 0)


def told(catalog: Catalog) -> dict[str, Any]:
    """What ``hub check --json`` says of a catalog; of each module that it runs, or why it does not."""
    answer = resolve(catalog, contract=Version("1.0"))
    lines = listing(catalog, answer, {})
    assert len(lines) == len(catalog.modules)
    for line in lines:
        assert bool(line.reasons) is not (line.name in answer.order and answer.chosen[line.name] is line.found)
    findings = [*catalog.findings, *answer.findings]
    return {
        "order": answer.order,
        "modules": [line.as_json() for line in lines],
        "findings": [finding.as_json() for finding in findings],
    }


def judged(site: Path) -> dict[str, Any]:
    """Read a folder in each way there is, and see that all answers are the same and can be printed."""
    catalog = read_catalog([str(site)])
    remembered = site.with_name("catalog.json")
    for cache in (None, remembered, remembered):
        assert read_catalog([str(site)], cache=cache) == catalog
    answer = told(catalog)
    assert json.loads(json_text(answer).encode()) == json.loads(json.dumps(answer))
    assert "other" in answer["order"]
    return answer


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_module_has_its_reasons_and_the_other_one_runs(kind: str, tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_module(site, "other")
    write_hostile(site, kind)
    answer = judged(site)
    assert answer["order"] == ("other",)
    assert len(json.dumps(answer)) < 100_000
    for module in answer["modules"]:
        assert (module["name"] == "other") is not bool(module["reasons"])
    commands = [reason["remedy"] for module in answer["modules"] for reason in module["reasons"]]
    assert not any(odd in command for command in commands for odd in ("$(", "rm -rf"))


def test_check_names_every_hostile_module_of_a_full_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "site"
    write_module(site, "quite_healthy")
    for number, kind in enumerate(HOSTILE):
        write_hostile(site, kind, f"hostile{number}")
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--json"]) == 1
    answer = json.loads(capfd.readouterr().out)
    assert "quite_healthy" in answer["order"]
    assert not any(name.startswith("hostile") for name in answer["order"])
    named = [module["name"] for module in answer["modules"] if module["reasons"]]
    assert len(named) >= len(HOSTILE) - 2, "but for two without an entry point that can be read"
    assert main(["check"]) == 1
    assert capfd.readouterr().out


ODD = [
    "\n",
    "\r\n",
    "\n\n",
    "\0",
    "\u0661",
    "\u0131",
    "\uff11",
    "\u2028",
    "\x1b",
    "\ufeff",
    "9" * 50,
    "(" * 60,
    " ",
    "\t",
]


def texts(words: str) -> st.SearchStrategy[bytes]:
    """Texts of the words of a format, with odd ones between."""
    word = st.one_of(st.sampled_from(words.split("|")), st.sampled_from(ODD), st.text(max_size=3))
    return st.lists(word, max_size=30).map(lambda words: "".join(words).encode(errors="surrogatepass"))


@st.composite
def mistaken(draw: st.DrawFn, valid: bytes, words: str) -> bytes:
    """A valid text with some of it cut out, and words of the format or bytes put in."""
    text = valid
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        put = draw(st.one_of(st.binary(max_size=4), texts(words).map(lambda each: each[:60])))
        text = text[:start] + put + text[end:]
    return text


def contents(file: str) -> st.SearchStrategy[bytes]:
    return st.one_of(st.binary(max_size=200), texts(WORDS[file]), mistaken(VALID[file].encode(), WORDS[file]))


@contextmanager
def spoiled(files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with the module ``other``, and with ``ledger``, of which ``files`` have other content."""
    with tempfile.TemporaryDirectory() as made:
        site = Path(made, "site")
        info = write_module(site, revisions={"0001.py": revision("a")})
        write_module(site, "other")
        places = {HUB_MODULE: site / "hub_ledger", "0001.py": site / "hub_ledger" / "migrations" / "versions"}
        for name, content in files.items():
            (places.get(name, info) / name).write_bytes(content)
        yield site


@pytest.mark.parametrize("file", VALID)
def test_the_valid_files_are_valid(file: str) -> None:
    with spoiled({file: VALID[file].encode()}) as site:
        reasons = {module["name"]: module["reasons"] for module in judged(site)["modules"]}
    assert {reason["code"] for reason in reasons["ledger"]} <= {"extension_point_missing", "missing_requirement"}


@pytest.mark.parametrize("file", VALID)
@FUZZED
@given(data=st.data())
def test_no_content_of_a_file_is_a_crash(file: str, data: st.DataObject) -> None:
    with spoiled({file: data.draw(contents(file))}) as site:
        judged(site)


@FUZZED
@given(st.fixed_dictionaries({}, optional={file: contents(file) for file in VALID}))
def test_no_content_of_all_files_is_a_crash(files: dict[str, bytes]) -> None:
    with spoiled(files) as site:
        judged(site)


@FUZZED
@given(st.one_of(texts(DOCUMENT_WORDS), mistaken(DOCUMENT.encode(), DOCUMENT_WORDS)))
def test_no_text_of_hub_toml_is_a_crash(content: bytes) -> None:
    with suppress(DocumentInvalid):
        desired = document(content.decode(errors="replace"))
        assert json.dumps({name: wish.settings for name, wish in desired.modules.items()}, allow_nan=False)
