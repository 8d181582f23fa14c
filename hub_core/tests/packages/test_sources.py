"""What may reach the tools from outside: how a source is reached, never which one, where the settings name it."""

from pathlib import Path

import pytest

from hub_core.packages import (
    BuildFailed,
    IndexUnreachable,
    InstallerFailed,
    PackagesConflict,
    Sources,
)
from hub_core.packages.at_work import at_work
from hub_core.packages.bench import Bench
from hub_core.packages.sources import masked, tool_environment
from hub_core.packages.tool import Ran, last_words, run_tool
from hub_core.settings import SettingsInvalid, read_settings

FOREIGN = {
    "PIP_EXTRA_INDEX_URL": "x",
    "PIP_FIND_LINKS": "x",
    "PIP_INDEX_URL": "x",
    "UV_INDEX": "x",
    "UV_DEFAULT_INDEX": "x",
    "UV_CONFIG_FILE": "x",
    "PIP_CONFIG_FILE": "x",
}
MISLEADING = {"PIP_TARGET": "x", "VIRTUAL_ENV": "x", "PYTHONPATH": "x", "PYTHONHOME": "x", "UV_PYTHON": "x"}
KEPT = {"PATH": "/bin", "HTTPS_PROXY": "p", "PIP_CERT": "c", "SSL_CERT_FILE": "c", "UV_CACHE_DIR": "d"}


def test_nothing_that_names_a_source_reaches_a_tool_whose_source_is_configured() -> None:
    made = tool_environment(
        {**FOREIGN, **MISLEADING, **KEPT}, Path("/aside"), closed=True, handed={"PIP_INDEX_URL": "ours"}
    )
    assert {name: made[name] for name in KEPT} == KEPT
    assert made["PIP_CONFIG_FILE"] == "/dev/null"
    assert made["UV_NO_CONFIG"] == "1"
    assert made["PIP_INDEX_URL"] == "ours"
    assert "x" not in made.values()


def test_the_tools_own_configuration_reaches_them_where_no_source_is_configured() -> None:
    made = tool_environment({**FOREIGN, **MISLEADING, **KEPT}, Path("/aside"), closed=False)
    assert {name: made[name] for name in (*FOREIGN, *KEPT)} == {**FOREIGN, **KEPT}
    assert not MISLEADING.keys() & made.keys()
    assert made["TMPDIR"] == "/aside"


def test_a_wheelhouse_wins_over_an_index(tmp_path: Path) -> None:
    settings = read_settings(tmp_path, index_url="https://wheels.example/simple", wheelhouse=Path("wheels"))
    sources = Sources.of(settings)
    assert sources == Sources(wheelhouse=tmp_path / "wheels")
    assert str(sources) == f"the wheelhouse {tmp_path / 'wheels'}"
    assert (
        str(Sources(index_url="https://me:word@wheels.example/simple")) == "the index https://***@wheels.example/simple"
    )
    assert str(Sources()) == "the index the installer is configured for"
    assert not Sources().is_configured


def test_the_settings_are_checked(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('[hub]\ninstaller = "conda"\nenvironments_kept = -1\n')
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(tmp_path)
    assert len(raised.value.faults) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a:b@c.example/x and http://t@d.example", "see https://***@c.example/x and http://***@d.example"),
        ("https://c.example/@scope", "https://c.example/@scope"),
    ],
)
def test_passwords_are_left_out(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_the_texts_of_what_tools_tell() -> None:
    assert str(PackagesConflict(("shop 1.0 needs paint<2", "paint>=2 is asked for"), "raw")) == (
        "no releases meet all requirements at once\n"
        "cause: shop 1.0 needs paint<2; paint>=2 is asked for\n"
        "remedy: Ask for another release of one of those named, or leave one out"
    )
    assert str(IndexUnreachable("the index x", "no route", "raw")) == (
        "the index x cannot be read\n"
        "cause: no route\n"
        "remedy: See that it answers and lets this machine in, then run this again; or set wheelhouse"
    )
    assert str(BuildFailed("/srv/books", "no backend", "raw")) == (
        "/srv/books cannot be built into a wheel\n"
        "cause: no backend\n"
        "remedy: Correct the project, and see that what it needs to be built is in the source; or install a wheel of it"
    )
    assert str(InstallerFailed("uv could not install what is locked", "why", "raw")) == (
        "uv could not install what is locked\ncause: why\nremedy: Correct what it says, then run this again"
    )


def test_what_a_tool_says_is_kept_without_passwords(tmp_path: Path) -> None:
    with at_work(tmp_path) as held:
        ran = Bench(temporary=tmp_path, held=held, sources=Sources()).run(
            ["echo", "from https://me:word@wheels.example/"]
        )
    assert ran == Ran(code=0, output="from https://***@wheels.example/\n")


def test_a_tool_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with pytest.raises(InstallerFailed) as raised:
        run_tool([str(tmp_path / "none")], {}, tmp_path, 0)
    assert raised.value.problem == f"{tmp_path / 'none'} does not start"
    assert raised.value.cause == "No such file or directory"


def test_the_last_words_are_those_from_the_error_on() -> None:
    assert last_words("Collecting shop\nERROR: no\n  why\n[notice] new pip\n") == "ERROR: no why"
    assert last_words("a\nb\nc\nd\n") == "b c d"
    assert last_words("") == ""
    assert Ran(code=3, output="").told("it failed", Path("/")).cause == "it ended with code 3"  # type: ignore[attr-defined]
