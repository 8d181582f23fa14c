"""``hub validate`` on wheels built from sample projects, and on the modules of this repository."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hub_core.cli.main import main
from hub_core.planning import ModuleState
from hub_core.tests.cli.test_check import row, stored
from hub_core.tests.conftest import Wheelhouse
from hub_core.tests.sample_modules import SampleModules

EXPECTED: dict[str, list[tuple[str, str, int | None, str, str]]] = {
    "imports_the_core": [
        ("error", "services/reading.py", 6, "imports_core", "imports hub_core.catalog"),
        ("error", "services/reading.py", 7, "imports_core", "imports hub_core.catalog.FoundModule"),
        ("error", "services/reading.py", 10, "imports_core", "imports hub_core.settings"),
        ("error", "services/reading.py", 15, "imports_core", "imports hub_core.resolution"),
    ],
    "imports_internals": [
        ("error", "__init__.py", 3, "imports_internals", "imports hub_module_payments.transitions"),
        ("error", "__init__.py", 4, "imports_internals", "imports hub_module_payments.models.PaymentIntent"),
    ],
    "imports_unrequired": [
        ("error", "__init__.py", 3, "interface_not_required", "imports hub_module_payments.interface"),
    ],
    "interface_imports_more": [
        ("error", "interface.py", 6, "interface_imports", "not pydantic.BaseModel"),
        ("error", "interface.py", 8, "interface_imports", "not hub_module_interface_imports_more.numbers.FIRST"),
    ],
    "promises_nothing": [
        ("warning", "METADATA", None, "contract_unbounded", "hub-hookspecs>=1 without an upper bound"),
        ("warning", "METADATA", None, "direct_url", "requires acme from a direct URL"),
        ("warning", "METADATA", None, "python_not_required", "does not say which Python it needs"),
    ],
    "setuptools_without_data": [("error", "hub-module.toml", None, "manifest_missing", "is missing")],
    "broken_manifest": [("error", "hub-module.toml", None, "manifest_invalid", "")] * 3,
    "reserved_name": [("error", "entry_points.txt", None, "name_invalid", "the hub keeps this name for itself")],
    "several_entry_points": [("error", "entry_points.txt", None, "several_modules", "one distribution is one module")] * 2,
    "healthy": [],
    "setuptools_src": [],
    "acme_gateway": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["validate", "--json", *arguments])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def remade(wheel: Path, target: Path, **members: str | None) -> Path:
    """A copy of a wheel with other members; ``None`` leaves one out. Names have ``__`` for what no keyword may hold."""
    changes = {name.replace("__", "."): text for name, text in members.items()}
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            text = changes.pop(Path(entry.filename).name, "")
            if text is not None:
                new.writestr(entry.filename, text or old.read(entry))
        assert not changes
    return target


@pytest.mark.parametrize("sample", EXPECTED)
def test_every_fault_of_a_wheel_is_named_with_its_place(
    sample: str, wheelhouse: Wheelhouse, capsys: pytest.CaptureFixture[str], import_log: Path
) -> None:
    answer = told(capsys, str(wheelhouse.wheel(sample)))
    assert len(answer["findings"]) == len(EXPECTED[sample]), answer["findings"]
    for finding, (level, file, line, code, text) in zip(answer["findings"], EXPECTED[sample], strict=True):
        assert (finding["level"], finding["line"], finding["code"]) == (level, line, code)
        assert finding["file"].endswith(file)
        assert text in finding["text"]
        assert finding["remedy"]
        assert "/tmp" not in finding["file"] + finding["text"], "where it was unpacked says nothing to anybody"
    assert not import_log.exists(), "nothing was imported"


@pytest.mark.parametrize(
    ("sample", "arguments", "code"),
    [
        ("healthy", ("--strict",), 0),
        ("promises_nothing", (), 0),
        ("promises_nothing", ("--strict",), 1),
        ("imports_the_core", (), 1),
    ],
)
def test_errors_end_with_1_and_warnings_only_when_asked(
    sample: str, arguments: tuple[str, ...], code: int, wheelhouse: Wheelhouse
) -> None:
    assert main(["validate", *arguments, str(wheelhouse.wheel(sample))]) == code


def test_a_remark_is_one_line_that_editors_follow(wheelhouse: Wheelhouse, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", str(wheelhouse.wheel("imports_unrequired"))])
    assert capsys.readouterr().out.splitlines() == [
        (
            "hub_module_imports_unrequired/__init__.py:3: error interface_not_required: imports hub_module_payments.interface, "
            "and hub-module-payments is not among its requirements"
        ),
        "  remedy: Add hub-module-payments with a range of versions to dependencies in pyproject.toml",
        "looked at imports_unrequired (hub-module-imports-unrequired 1.0)",
        "1 error, 0 warnings",
    ]


@pytest.mark.parametrize("name", ["billing", "billing_reminders", "notes", "payments"])
def test_the_modules_of_this_repository_are_valid(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--strict", name]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 errors, 0 warnings"


def test_an_installed_module_is_named_by_its_name(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    folder = samples.install("shop", {"routes/api/a.py": "import os\nimport hub_core\n"})
    answer = told(capsys, "shop")
    assert answer["modules"] == [{"name": "shop", "distribution": "sample-shop", "version": "1.0"}]
    (finding,) = [each for each in answer["findings"] if each["level"] == "error"]
    assert (finding["file"], finding["line"]) == (str(folder / "routes/api/a.py"), 2)


def test_what_it_changes_of_others_it_requires(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    samples.install("shop")
    samples.install("stars", manifest='[[overrides]]\nroute = "shop:show_item"\n')
    (finding,) = [each for each in told(capsys, "stars")["findings"] if each["level"] == "error"]
    assert (finding["code"], finding["level"], Path(finding["file"]).name) == (
        "target_not_required",
        "error",
        "hub-module.toml",
    )
    assert finding["text"] == "changes models or routes of shop, and sample-shop is not among its requirements"


def test_a_name_that_two_distributions_claim_means_both(
    samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.install("shop")
    samples.install("shop", distribution="other-shop")
    assert [each["distribution"] for each in told(capsys, "shop")["modules"]] == ["other-shop", "sample-shop"]


def test_a_name_nobody_has_is_an_expected_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "payment"]) == 1
    assert capsys.readouterr().err.startswith("error: no module 'payment' is installed or recorded; did you mean")


def test_of_a_module_whose_code_is_gone_it_says_what_is_left(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    stored(database_url, row("left", ModuleState.DISABLED, revision="left_1"))
    assert main(["validate", "left"]) == 1
    assert capsys.readouterr().err == (
        "error: there are no files of left to look at\n"
        "cause: gone-left is recorded, but not installed in this environment; its data is kept\n"
        "remedy: pip install 'gone-left==1.0'\n"
    )


def test_a_wheel_that_is_no_module_says_so(
    wheelhouse: Wheelhouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = remade(wheelhouse.wheel("healthy"), tmp_path / "none-1.0-py3-none-any.whl", entry_points__txt=None)
    (finding,) = told(capsys, str(wheel))["findings"]
    assert (finding["code"], finding["file"]) == ("not_a_module", wheel.name)


def test_a_wheel_without_metadata_says_so(
    wheelhouse: Wheelhouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = remade(wheelhouse.wheel("healthy"), tmp_path / "bare-1.0-py3-none-any.whl", METADATA=None)
    codes = {each["code"] for each in told(capsys, str(wheel))["findings"] if each["level"] == "error"}
    assert codes == {"distribution_unreadable", "metadata_invalid"}


def test_what_is_no_wheel_is_an_expected_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.whl").write_text("no zip")
    assert main(["validate", "text.whl"]) == 1
    assert capsys.readouterr().err == (
        "error: text.whl cannot be examined\ncause: File is not a zip file\nremedy: Build it again: python -m build --wheel\n"
    )
