"""``hub check`` and ``hub check --deep``: what was probed is remembered, and everything wrong is named, never a crash."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hub_core.catalog import Reason, read_catalog
from hub_core.cli.main import main
from hub_core.database import connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, upgrade
from hub_core.planning import Failure, ModuleState, RecordedModule, document
from hub_core.registry import record, store_desired, store_failures
from hub_core.tests.cli.hub_processes import PROGRAM, environment, run_hub
from hub_core.tests.sample_modules import SampleModules

MOMENT = r"20\d\d-\d\d-\d\d at \d\d:\d\d UTC"
PROBED = ("module", "phase", "kind", "text", "remedy")
BROKEN = {"__init__.py": "raise ZeroDivisionError('at import')"}


@pytest.fixture(autouse=True)
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a state folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".hub").mkdir()
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The answer of a check, with its exit code beside it."""
    code = main(["check", "--json", *arguments])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert list(answer) == ["order", "modules", "findings"]
    return {**answer, "code": code, "modules": {module["name"]: module for module in answer["modules"]}}


def of(answer: dict[str, Any], code: str) -> list[str]:
    return [finding["text"] for finding in answer["findings"] if finding["code"] == code]


def test_what_the_probe_found_is_told_by_the_next_check(
    samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    package = samples.install("broken", BROKEN)
    before = told(capsys)
    assert (before["modules"]["broken"]["conditions"], before["code"]) == ([], 0)
    for answer, when, again in (
        (told(capsys, "--deep"), "", ""),
        (told(capsys), f" on {MOMENT}", "; hub check --deep probes it anew"),
    ):
        broken = answer["modules"]["broken"]
        assert broken["conditions"] == ["failed"]
        (reason,) = broken["reasons"]
        assert reason["code"] == "failed_import"
        assert re.fullmatch(rf"import \(ZeroDivisionError: at import\) when it was probed{when}", reason["text"])
        assert reason["remedy"] == f"Correct broken, or install a release that works{again}"
        assert "broken" not in answer["order"]
        assert "billing" in answer["order"]
        assert answer["findings"] == [], "nobody has wished anything yet"
        assert answer["code"] == 1
    (package / "__init__.py").write_text("corrected = True")
    after = told(capsys)
    assert (after["modules"]["broken"]["conditions"], after["code"]) == ([], 0), "it is another build now"
    assert told(capsys, "--deep")["code"] == 0


def library(samples: SampleModules, name: str, version: str, text: str) -> None:
    """Install a library or upgrade it, the way pip does: its files are others, and so is its metadata."""
    for old in samples.site.glob(f"{name}-*.dist-info"):
        shutil.rmtree(old)
    (samples.site / f"{name}.py").write_text(text)
    info = samples.site / f"{name}-{version}.dist-info"
    info.mkdir()
    beyond = "Requires-Dist: indirect\n" if name == "direct" else ""
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{beyond}")


def vouched(samples: SampleModules, name: str) -> None:
    """Give the module a RECORD with hashes, as that of a wheel: editing a file does not change it."""
    record = samples.site / f"sample_{name}-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text().replace(",,", f",sha256={'0' * 43},1"))


def test_a_failure_is_not_told_after_what_could_have_mended_it(
    samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    library(samples, "indirect", "1.0", "raise OSError('broken')")
    library(samples, "direct", "1.0", "import indirect")
    package = samples.install("edited", BROKEN)
    samples.install("waiting", requires=("sample-edited",))
    samples.install("relying", {"__init__.py": "import direct"}, requires=("direct",))
    for name in ("edited", "waiting", "relying"):
        vouched(samples, name)
    assert told(capsys, "--deep")["code"] == 1
    failed = {name for name, module in told(capsys)["modules"].items() if module["reasons"]}
    assert failed == {"edited", "waiting", "relying"}
    (package / "__init__.py").write_text("corrected = True")
    failed = {name for name, module in told(capsys)["modules"].items() if module["reasons"]}
    assert failed == {"relying"}
    library(samples, "indirect", "1.1", "")
    assert told(capsys)["code"] == 0
    assert told(capsys, "--deep")["code"] == 0


def test_a_damaged_file_of_the_probe_is_as_if_it_were_not_there(
    samples: SampleModules, capsys: pytest.CaptureFixture[str], stand_in: Path
) -> None:
    samples.install("broken", BROKEN)
    content = {"format": 1, "modules": {"broken": {"probed": dict.fromkeys(PROBED, "broken")}}}
    (stand_in / ".hub" / "probe.json").write_text(json.dumps(content))
    assert told(capsys)["code"] == 0


def test_without_a_state_folder_nothing_is_remembered_and_nothing_made(
    samples: SampleModules, capsys: pytest.CaptureFixture[str], stand_in: Path
) -> None:
    (stand_in / ".hub").rmdir()
    samples.install("broken", BROKEN)
    assert told(capsys, "--deep")["code"] == 1
    assert told(capsys)["code"] == 0
    assert list(stand_in.iterdir()) == []


def test_what_requires_a_failed_module_is_blocked_and_both_are_readable(
    samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.install("below", {"__init__.py": "import os; os._exit(0)"})
    samples.install("above", requires=("sample-below",))
    assert main(["check", "--deep"]) == 1
    assert main(["check"]) == 1
    lines = re.sub(rf"(, when it was probed)? on {MOMENT}", "", capsys.readouterr().out).splitlines()
    assert lines.count("  import (it ended the process with exit code 0) when it was probed [failed_import]") == 2
    assert lines.count("  needs below, which could not be brought up [requirement_failed]") == 2
    above = told(capsys)["modules"]["above"]
    assert (above["conditions"], above["reasons"][0]["code"]) == (["blocked"], "requirement_failed")


def test_no_module_is_imported_here(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    samples.install("shop")
    assert "shop" in told(capsys, "--deep")["order"]
    assert "sample_shop" not in sys.modules


def test_a_password_is_printed_nowhere(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    samples.install("broken", {"__init__.py": "raise OSError('no postgresql://me:s3cret@host/db')"})
    for arguments in (["--deep"], ["--deep", "--json"], [], ["--json"]):
        assert main(["check", *arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("me:***@host") == 4
    assert printed.err.count("me:***@host") == 2
    assert "s3cret" not in printed.out + printed.err


def test_a_module_may_have_more_time(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    samples.install("slow", {"__init__.py": "import time; time.sleep(2)"})
    (reason,) = told(capsys, "--deep", "--seconds", "1")["modules"]["slow"]["reasons"]
    assert (reason["code"], reason["text"]) == (
        "failed_import",
        "import (took longer than 1 s, waiting) when it was probed",
    )
    assert "hub check --deep --seconds 60" in reason["remedy"]
    assert told(capsys, "--deep", "--seconds", "60")["code"] == 0


def test_foreign_imports_are_findings_with_their_place(
    samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.install("shop", {"routes/api/a.py": "from fastapi import APIRouter\nimport hub_core\nrouter = APIRouter()"})
    answer = told(capsys, "--deep")
    assert of(answer, "imports_core") == [
        "shop (sample-shop 1.0) sample_shop/routes/api/a.py:2 imports hub_core, which is private to the hub"
    ]
    assert answer["code"] == 0
    assert told(capsys, "--deep", "--strict")["code"] == 1
    assert of(told(capsys), "imports_core") == [], "that reads every file"


def test_strict_says_no_to_findings(samples: SampleModules, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "--strict")["code"] == 0
    samples.install("shop", requires=("packaging @ https://packages.example/packaging-26.0.zip",))
    answer = told(capsys)
    assert len(of(answer, "direct_url")) == 1
    assert [told(capsys)["code"], told(capsys, "--strict")["code"]] == [0, 1]


def stored(url: str, *rows: RecordedModule, text: str = "", failures: dict[str, Failure] | None = None) -> None:
    upgrade(parse_url(url), CORE_MIGRATIONS, on_revision=lambda run: None)
    with connect(parse_url(url)) as connection:
        for row in rows:
            record(connection, row)
        store_desired(connection, document(text), text)
        store_failures(connection, failures or {})
        connection.commit()


def row(name: str, state: ModuleState, **changes: Any) -> RecordedModule:
    found = next((module for module in read_catalog().modules if module.name == name), None)
    fields = {
        "distribution": found.distribution if found else f"gone-{name}",
        "version": str(found.version) if found else "1.0",
        "hash": found.hash if found else "",
        "revision": None,
        "table_prefix": f"{name}_",
    }
    return RecordedModule(name=name, state=state, **{**fields, **changes})


def test_deep_tells_what_is_recorded_and_what_is_wanted(
    samples: SampleModules,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    stand_in: Path,
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    samples.install("shop")
    samples.install("broken", BROKEN)
    text = "[modules.shop]\n"
    stored(
        database_url,
        row("shop", ModuleState.ENABLED, version="0.9"),
        row("left", ModuleState.DISABLED),
        row("lost", ModuleState.ENABLED),
        text=text,
    )
    (stand_in / "hub.toml").write_text(text + "[modules.broken]\n[modules.nowhere]\n")
    answer = told(capsys, "--deep")
    conditions = {name: (module["state"], module["conditions"]) for name, module in answer["modules"].items()}
    assert conditions["shop"] == ("enabled", ["upgrade pending"])
    assert conditions["left"] == ("disabled", ["orphaned"])
    assert conditions["lost"] == ("enabled", ["orphaned"])
    assert conditions["broken"] == ("available", ["failed"])
    unmet = of(answer, "wanted_cannot_run")
    assert [text.partition(" ")[0] for text in unmet] == ["broken", "lost", "nowhere"]
    assert unmet[0].endswith("cannot run: import (ZeroDivisionError: at import) when it was probed")
    assert "broken: only in hub.toml" in of(answer, "drift")
    assert answer["code"] == 1


def test_an_orphan_nobody_wants_is_no_fault_unless_strict(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    stored(database_url, row("left", ModuleState.DISABLED), text="[modules.notes]\nenabled = false\n")
    answer = told(capsys, "--deep")
    assert (answer["modules"]["left"]["conditions"], answer["findings"], answer["code"]) == (["orphaned"], [], 0)
    assert told(capsys, "--deep", "--strict")["code"] == 1


def test_a_failure_of_the_last_start_stays_until_the_probe_shows_better(
    samples: SampleModules, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    for name in ("corrected", "silent"):
        samples.install(name)
    samples.install("above", requires=("sample-corrected",))

    def failure(code: str) -> Failure:
        return Failure(condition="failed", reason=Reason(code=code, text="then", remedy="now"))

    stored(
        database_url,
        *(row(name, ModuleState.ENABLED) for name in ("corrected", "silent", "above")),
        failures={
            "corrected": failure("failed_import"),
            "above": failure("requirement_failed"),
            "silent": failure("failed_start"),
        },
    )
    answer = told(capsys, "--deep")
    assert {name: answer["modules"][name]["conditions"] for name in ("corrected", "above", "silent")} == {
        "corrected": [],
        "above": [],
        "silent": ["failed"],
    }
    assert of(answer, "wanted_cannot_run") == ["silent is wanted and cannot run: then"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://me:s3cret@127.0.0.1:1/hub", "database_unreachable"),
        ("mysql://me:s3cret@nowhere/hub", "database_refused"),
        ("sqlite:///hub.toml", "database_unreachable"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_finding_and_hub_toml_counts_all_the_same(
    url: str, code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stand_in: Path
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", url)
    (stand_in / "hub.toml").write_text("[modules.notes]\n")
    answer = told(capsys, "--deep")
    assert [finding["code"] for finding in answer["findings"]] == [code]
    assert "s3cret" not in str(answer)
    assert answer["code"] == 0
    assert told(capsys, "--deep", "--strict")["code"] == 1
    (stand_in / "hub.toml").write_text("[modules.nowhere]\n")
    answer = told(capsys, "--deep")
    assert [finding["code"] for finding in answer["findings"]] == [code, "wanted_cannot_run"]
    assert answer["code"] == 1


def test_tables_of_somebody_else_are_a_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    stored(database_url)
    with connect(parse_url(database_url)) as connection:
        connection.exec_driver_sql("ALTER TABLE hub_module RENAME COLUMN state TO somebody")
        connection.commit()
    answer = told(capsys, "--deep")
    assert [finding["code"] for finding in answer["findings"]] == ["database_unreadable"]
    assert answer["order"]


def test_wishes_that_cannot_be_read_are_a_finding_beside_what_is_recorded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str, stand_in: Path
) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    stored(database_url, row("left", ModuleState.DISABLED))
    (stand_in / "hub.toml").write_text("[modules.notes]\nenable = true\n")
    answer = told(capsys, "--deep")
    assert [finding["code"] for finding in answer["findings"]] == ["document_invalid"]
    assert answer["modules"]["left"]["conditions"] == ["orphaned"]


def test_deep_changes_nothing_but_its_caches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stand_in: Path
) -> None:
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    assert told(capsys, "--deep")["code"] == 0
    written = {str(path.relative_to(stand_in)) for path in stand_in.rglob("*")}
    surfaces = {path for path in written if path.startswith(".hub/surfaces/")}
    assert written - surfaces == {".hub", ".hub/catalog.json", ".hub/descriptions.json", ".hub/surfaces"}


def test_a_log_has_a_line_for_each_module(samples: SampleModules, stand_in: Path) -> None:
    samples.install("broken", BROKEN)
    samples.install("shop")
    ran = run_hub(stand_in, "check", "--deep", "--json", path=samples.site)
    assert json.loads(ran.stdout)["order"]
    lines = ran.stderr.splitlines()
    assert "probed broken: import (ZeroDivisionError: at import)" in lines
    assert any(line.startswith("probed shop in 0.") for line in lines)
    assert all(line.startswith("probed ") for line in lines)


def on_a_terminal(kind: str, samples: SampleModules, folder: Path) -> str:
    """What `hub check --deep` writes to a terminal of that kind."""
    ours, theirs = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "check", "--deep"],
        cwd=folder,
        env=environment(samples.site, TERM=kind),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    written = os.read(ours, 65536).decode()
    os.close(ours)
    assert ran.returncode == 0
    return written


def test_a_terminal_has_one_line_that_is_gone_at_the_end(samples: SampleModules, stand_in: Path) -> None:
    samples.install("shop")
    written = on_a_terminal("xterm", samples, stand_in)
    assert "\n" not in written
    assert "probing modules" in written
    assert written.endswith("\r\x1b[2K\x1b[?25h\r")  # the line is erased, and the cursor is there again


def test_a_terminal_that_cannot_erase_has_a_line_for_each_module(samples: SampleModules, stand_in: Path) -> None:
    samples.install("shop")
    written = on_a_terminal("dumb", samples, stand_in)
    assert "probed shop in 0." in written
    assert "\x1b" not in written


def test_ctrl_c_ends_it_and_what_it_started(samples: SampleModules, stand_in: Path) -> None:
    started = stand_in / "started"
    started.touch()
    started.chmod(0o666)  # the probe is another user where this is root
    samples.install(
        "endless",
        {"__init__.py": f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(300)"},
    )
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "check", "--deep", "--seconds", "300"],
        cwd=stand_in,
        env=environment(samples.site),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job's shell may ignore it
    ) as hub:
        until = time.monotonic() + 30
        while not started.read_text():
            assert time.monotonic() < until
            time.sleep(0.05)
        hub.send_signal(signal.SIGINT)
        hub.communicate(timeout=30)
    assert hub.returncode == 130
    while Path(f"/proc/{started.read_text()}/cmdline").exists():
        assert time.monotonic() < until + 10
        time.sleep(0.05)


def test_what_hub_toml_disables_is_not_checked_as_if_it_should_run(
    capsys: pytest.CaptureFixture[str], samples: SampleModules, stand_in: Path
) -> None:
    samples.install("beside", requires=("sample-partner>=2; extra == 'partner'",))
    samples.install("partner")
    samples.install("needs", requires=("sample-partner",))
    both = told(capsys)
    assert [reason["code"] for reason in both["modules"]["beside"]["reasons"]] == ["optional_mismatch"]
    assert both["modules"]["needs"]["reasons"] == []
    (stand_in / "hub.toml").write_text("[modules.partner]\nenabled = false\n")
    without = told(capsys)
    assert without["modules"]["beside"]["reasons"] == []
    assert [reason["code"] for reason in without["modules"]["needs"]["reasons"]] == ["requirement_disabled"]
    assert "beside" in without["order"]
    assert not {"partner", "needs"} & set(without["order"])


@pytest.mark.parametrize("options", [(), ("--deep",)])
def test_a_module_that_is_required_and_disabled_is_a_finding(
    options: tuple[str, ...], stand_in: Path, samples: SampleModules, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.install("plain", {})
    for wish, said in (("", 0), ("required = true", 0), ("required = true\nenabled = false", 1)):
        (stand_in / "hub.toml").write_text(f"[modules.plain]\n{wish}\n")
        assert len(of(told(capsys, *options), "required_disabled")) == said


def test_a_hub_toml_nobody_understands_is_a_finding(
    capsys: pytest.CaptureFixture[str], samples: SampleModules, stand_in: Path
) -> None:
    samples.install("fine")
    (stand_in / "hub.toml").write_text("[modules.fine]\nenabled = 7\n")
    answer = told(capsys)
    assert "fine" in answer["order"]
    assert "enabled: 7 is neither true nor false" in of(answer, "document_invalid")[0]
