"""``hub list``, ``hub show`` and ``hub check`` on real distributions: nothing is imported, no database is needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_core.cli.main import main
from hub_core.tests.sample_modules import SampleModules

pytestmark = pytest.mark.usefixtures("empty_folder")

EXPECTED = {
    "healthy": [],
    "requires_healthy": [],
    "raises_on_import": [],
    "requires_missing": ["missing_requirement"],
    "requires_blocked": ["requirement_blocked"],
    "requires_newer": ["version_conflict"],
    "requires_newer_contract": ["contract_mismatch"],
    "circle_one": ["requirement_cycle"],
    "circle_two": ["requirement_cycle"],
    "implements_unknown_point": ["extension_point_missing"],
    "implements_newer_point": ["extension_point_version"],
    "twice": ["name_clash"],
    "broken_manifest": ["manifest_invalid", "manifest_invalid", "manifest_invalid"],
    "missing_manifest": ["manifest_missing"],
    "admin": ["name_invalid"],
}


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main(list(arguments))
    return json.loads(capsys.readouterr().out)


def test_list_tells_every_module_with_its_reasons_and_imports_none(
    capsys: pytest.CaptureFixture[str], import_log: Path, tmp_path: Path
) -> None:
    modules = [module for module in told(capsys, "list", "--json") if module["name"] in EXPECTED]
    assert all({"name", "distribution", "version", "state", "conditions", "reasons"} <= set(each) for each in modules)
    assert {each["name"]: [reason["code"] for reason in each["reasons"]] for each in modules} == EXPECTED
    assert all(set(reason) == {"code", "text", "remedy"} for each in modules for reason in each["reasons"])
    assert {each["state"] for each in modules} == {"available"}
    assert all(each["conditions"] == (["blocked"] if each["reasons"] else []) for each in modules)
    assert not import_log.exists(), "no module was imported"
    assert list(tmp_path.iterdir()) == [], "looking writes nothing"


def test_list_in_a_pipe_is_one_line_per_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("requires_missing ")]
    assert line.split(maxsplit=3)[:3] == ["requires_missing", "1.0", "available"]
    assert line.endswith(
        "blocked: needs hub-module-nowhere>=1.2,<2 (Requires-Dist of hub-module-requires-missing 1.0), "
        "which is not installed [missing_requirement]; remedy: pip install 'hub-module-nowhere>=1.2,<2'"
    )
    assert sum(line.startswith("twice ") for line in lines) == 2


def test_check_tells_order_modules_and_findings(
    capsys: pytest.CaptureFixture[str], import_log: Path, tmp_path: Path, many_modules: Path
) -> None:
    answer = told(capsys, "check", "--json")
    assert list(answer) == ["order", "modules", "findings"]
    runnable = [name for name in answer["order"] if name in EXPECTED]
    assert runnable == ["healthy", "raises_on_import", "requires_healthy"]
    assert {module["name"] for module in answer["modules"]} >= set(EXPECTED)
    (finding,) = [each for each in answer["findings"] if str(many_modules) in each["text"]]
    assert finding["code"] == "distribution_unreadable"
    assert not import_log.exists()
    assert list(tmp_path.iterdir()) == []


def test_check_answers_no_with_exit_code_1_and_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1
    printed = capsys.readouterr().out
    both = "circle_one (hub-module-circle-one 1.0) and circle_two (hub-module-circle-two 1.0) blocked:"
    assert f"{both}\n  modules require each other: circle_one" in printed
    assert "  remedy: pip install 'hub-module-nowhere>=1.2,<2'" in printed
    assert "finding: " in printed


def test_check_names_both_modules_of_one_table_prefix(
    capsys: pytest.CaptureFixture[str], samples: SampleModules
) -> None:
    samples.install("crm", manifest='table_prefix = "sales_"')
    samples.install("sales")
    modules = {module["name"]: module["reasons"] for module in told(capsys, "check", "--json")["modules"]}
    assert [reason["code"] for reason in modules["crm"]] == ["table_prefix_clash"]
    assert modules["crm"] == modules["sales"]


def test_check_opens_no_database(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "mysql://nowhere")
    assert main(["check"]) == 1
    assert capsys.readouterr().err == ""


def test_show_tells_everything_of_one_module(capsys: pytest.CaptureFixture[str], many_modules: Path) -> None:
    module = told(capsys, "show", "healthy", "--json")
    assert module["name"] == "healthy"
    assert module["requires"] == ["hub-hookspecs<2,>=1"]
    assert module["folder"] == str(many_modules / "hub_module_healthy")
    assert module["permissions"] == [{"name": "healthy.thing.read", "title": "See things"}]
    assert module["extension_points"] == {"healthy_helpers": "1.1"}
    assert module["table_prefix"] == "healthy_"


EXTENDS = (
    '[[extends]]\nmodel = "healthy.Thing"\nfields = ["size", "colour"]\n[[overrides]]\nroute = "healthy:show_thing"\n'
)


def test_show_tells_who_extends_and_wraps_what_in_load_order(
    capsys: pytest.CaptureFixture[str], samples: SampleModules
) -> None:
    samples.install("zeta", manifest=EXTENDS, requires=("hub-module-healthy",))
    samples.install("alpha", manifest=f'after = ["zeta"]\n{EXTENDS}', requires=("hub-module-healthy",))
    owner, extender = told(capsys, "show", "healthy", "--json"), told(capsys, "show", "alpha", "--json")
    fields = {"model": "healthy.Thing", "fields": ["size", "colour"]}
    assert owner["extended_by"] == [{"module": name, **fields, "state": "available"} for name in ("zeta", "alpha")]
    assert [(each["module"], each["route"]) for each in owner["wrapped_by"]] == [
        ("zeta", "healthy:show_thing"),
        ("alpha", "healthy:show_thing"),
    ]
    assert (owner["extends"], owner["wraps"]) == ([], [])
    assert (extender["extends"], extender["wraps"]) == ([fields], [{"route": "healthy:show_thing"}])
    assert main(["show", "healthy"]) == 0
    printed = capsys.readouterr().out
    assert "extended by:\n  zeta · healthy.Thing · size, colour · available\n  alpha · " in printed
    assert "wrapped by:\n  zeta · healthy:show_thing · available\n" in printed


@pytest.mark.parametrize("name", ["healthy", "raises_on_import", "requires_missing", "twice"])
def test_show_imports_no_module_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], import_log: Path, tmp_path: Path, name: str
) -> None:
    assert name in str(told(capsys, "show", name, "--json"))
    assert not import_log.exists()
    assert list(tmp_path.iterdir()) == []


def test_show_is_readable_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "healthy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "title: Healthy" in lines
    assert "extension points: healthy_helpers 1.1" in lines
    assert "  healthy.thing.read · See things" in lines
    assert "editable: no" in lines


def test_show_tells_both_distributions_of_one_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert [each["distribution"] for each in told(capsys, "show", "twice", "--json")] == ["acme-twice", "zeta-twice"]


def test_show_of_an_unknown_name_is_an_expected_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "helthy"]) == 1
    assert capsys.readouterr().err == (
        "error: no module 'helthy' is installed or recorded; did you mean \"healthy\"?\n"
        "remedy: See `hub list` for the modules there are\n"
    )


def test_a_database_that_cannot_be_used_is_told_and_the_modules_are_listed_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/hub")
    assert main(["list"]) == 0
    printed = capsys.readouterr()
    assert "healthy" in printed.out
    assert printed.err.startswith("without the database: ")
    assert "s3cret" not in printed.err
