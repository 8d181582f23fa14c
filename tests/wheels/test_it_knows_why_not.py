"""A module that others need is uninstalled, beside ten faulty neighbours: each says why it does not run, the rest serves."""

import json
import re
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from build import ProjectBuilder
from pyproject_hooks import quiet_subprocess_runner

from tests.wheels.billing_calls import issued_invoice, made
from tests.wheels.conftest import ROOT, run
from tests.wheels.hub_command import HubCommand
from tests.wheels.hub_process import HubProcess, hub_serve, hub_up
from tests.wheels.stored_data import stored_data

pytestmark = pytest.mark.timeout(600)
FAULTS = {
    "requires_missing": "missing_requirement",
    "requires_newer": "version_mismatch",
    "requires_newer_contract": "contract_mismatch",
    "requires_newer_python": "python_mismatch",
    "requires_program": "binary_missing",
    "implements_newer_point": "extension_point_version",
    "core_requires_optional": "tier_mismatch",
    "extra_for_newer": "optional_mismatch",
    "broken_manifest": "manifest_invalid",
    "two_heads": "migrations_invalid",
    "circle_one": "requirement_cycle",
    "circle_two": "requirement_cycle",
    "twice": "name_clash",
}
"""Ten distributions with a fault of their own, then two pairs that only together are one: module → code."""
PAIRS = ("requires_in_circle/one", "requires_in_circle/two", "same_name_twice/acme", "same_name_twice/zeta")
SAMPLES = ("healthy", *list(FAULTS)[:10], *PAIRS)

ENABLED = ("acme_pay", "billing", "healthy", "notes", "payments")
HUB_TOML = "".join(f"[modules.{name}]\nenabled = true\n\n" for name in ENABLED)
SETTINGS = '[modules.billing.settings.seller]\nname = "Smithy"\naddress = ["1 Forge Lane"]\ncountry = "AT"\n'
NOTE = {"title": "Kept", "text": "written before payments went"}

PAYMENTS = "pip install 'hub-module-payments==1.0.0'"
NEEDS_PAYMENTS = "needs hub-module-payments>=1{zero},<2 (Requires-Dist of {distribution}), which is not installed"

Told = dict[tuple[str, str], list[dict[str, str]]]
"""The reasons of each module and distribution."""


@pytest.fixture(scope="module")
def faulty_neighbours(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The samples as wheels beside all others; without what pip would refuse, and gone at the end of this file."""
    folder = tmp_path_factory.mktemp("faulty")
    for sample in SAMPLES:
        ProjectBuilder(ROOT / "tests" / "modules" / sample, runner=quiet_subprocess_runner).build("wheel", folder)
    wheels = sorted(folder.glob("*.whl"))
    run(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--ignore-requires-python", *wheels)
    yield
    run(python, "-m", "pip", "uninstall", "-q", "-y", *(wheel.name.partition("-")[0] for wheel in wheels))


@pytest.fixture
def payments_come_back(python: Path, wheelhouse: Path) -> Iterator[None]:
    """Whatever becomes of the test, the next one finds payments installed."""
    yield
    run(python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", *wheelhouse.glob("hub_module_payments-*.whl"))


def reasons(modules: Sequence[Mapping[str, Any]]) -> Told:
    """What a listing tells, wherever it was printed."""
    return {(module["name"], module["distribution"]): module["reasons"] for module in modules}


def codes(told: Told) -> dict[str, set[str]]:
    return {name: {reason["code"] for reason in each} for (name, _), each in told.items()}


def flat(text: str) -> str:
    """Without line breaks, so that a text is found however it was wrapped."""
    return " ".join(text.split())


def says_all(text: str, told: Told) -> None:
    """Every code, text and remedy stands in ``text``."""
    printed = flat(text)
    for (name, _), each in told.items():
        for reason in each:
            assert flat(f"{reason['text']} [{reason['code']}]") in printed, name
            assert flat(f"remedy: {reason['remedy']}") in printed, name


@pytest.mark.usefixtures("faulty_neighbours", "acme_gateway", "payments_come_back")
def test_without_payments_what_needs_them_says_so_and_comes_back_with_them(
    hub: Path, python: Path, wheelhouse: Path, tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML + SETTINGS, encoding="utf-8")
    imports = tmp_path / "imported"
    imports.touch()
    imports.chmod(0o666)  # the probe is another user where this is root
    log = {"HUB_TEST_IMPORT_LOG": str(imports)}
    command = HubCommand(hub, tmp_path, database_url)
    with hub_up(hub, tmp_path, database_url, **log) as running, running.client(running.token) as client:
        token = running.token
        invoice = paid_invoice(client)
        made(client.post("/api/v1/notes/notes", json=NOTE))
    data = stored_data(database_url, "billing_", "payments_", "notes_", "acme_pay_", "healthy_")
    history = command.json("history")
    assert data["billing_invoices"][0] == data["payments_capture"][0] == data["notes_note"][0] == 1

    run(python, "-m", "pip", "uninstall", "-q", "-y", "hub-module-payments")
    told = without_payments(command)
    for start in (hub_up, hub_serve):
        with start(hub, tmp_path, database_url, **log) as running, running.client(token) as client:
            others_serve(client, told)
            assert not any("Traceback" in line for line in running.said), running.said
    assert stored_data(database_url, *{name.partition("_")[0] for name in data}) == data
    imported = set(imports.read_text().split())
    assert imported == {"acme_gateway", "hub_module_healthy"}, "nothing that cannot run is imported"

    # the remedy of the one that is gone mends all, and so does the remedy of one that needs it
    module = ("payments", "hub-module-payments") if "sqlite" in database_url else ("billing", "hub-module-billing")
    (remedy,) = {reason["remedy"] for reason in told[module]}
    run(python, "-m", *shlex.split(remedy), "-q", "--no-index", "--find-links", wheelhouse)
    back = reasons(command.json("list"))
    assert {name for (name, _), each in back.items() if not each} == set(ENABLED)
    with hub_up(hub, tmp_path, database_url) as running, running.client(token) as client:
        assert not any(line.startswith(("plan:", "migrated")) for line in running.said), running.said
        assert client.get(f"/api/v1/billing/invoices/{invoice['id']}").json() == invoice
        names = [gateway["name"] for gateway in client.get("/api/v1/payments/gateways").json()["items"]]
        assert names == ["acme", "manual"]
    assert command.json("history") == history, "no migration ran again"
    assert stored_data(database_url, *{name.partition("_")[0] for name in data}) == data


def paid_invoice(client: httpx2.Client) -> dict[str, Any]:
    """An invoice that payments took money for."""
    address = f"/api/v1/billing/invoices/{issued_invoice(client)['id']}"
    assert made(client.post(f"{address}/payments", json={"gateway": "manual"}), 200)["status"] == "paid"
    return made(client.get(address), 200)


def without_payments(command: HubCommand) -> Told:
    """What the commands that look say now; the answer is the reasons all of them tell."""
    modules = command.json("list")
    told = reasons(modules)
    assert codes(told) == {
        **{name: {code} for name, code in FAULTS.items()},
        "acme_pay": {"missing_requirement"},
        "billing": {"missing_requirement"},
        "healthy": set(),
        "notes": set(),
        "payments": {"not_installed"},
    }
    standing = {each["name"]: (each["state"], each["conditions"]) for each in modules if each["name"] in ENABLED}
    assert standing == {
        "acme_pay": ("enabled", ["blocked"]),
        "billing": ("enabled", ["blocked"]),
        "healthy": ("enabled", []),
        "notes": ("enabled", []),
        "payments": ("enabled", ["orphaned"]),
    }
    ((gone,), (billing,), (acme,)) = (
        told[module]
        for module in (
            ("payments", "hub-module-payments"),
            ("billing", "hub-module-billing"),
            ("acme_pay", "acme-hub-gateway"),
        )
    )
    assert gone["remedy"] == PAYMENTS
    assert gone["text"].endswith("its data is kept")
    assert billing["text"] == NEEDS_PAYMENTS.format(zero=".0", distribution="hub-module-billing 1.1.0")
    assert billing["remedy"] == "pip install 'hub-module-payments>=1.0,<2'"
    assert acme["text"] == NEEDS_PAYMENTS.format(zero="", distribution="acme-hub-gateway 1.0.0")

    says_all(command.text("list"), told)
    for name, text in command.shown(("acme_pay", "billing", "payments")).items():
        says_all(text, {key: each for key, each in told.items() if key[0] == name})
    for name, text in command.shown(("acme_pay", "billing", "payments"), "--json").items():
        assert [json.loads(text)["reasons"]] == [each for key, each in told.items() if key[0] == name]
    check_differs_where_it_must(command, told)
    plan = command.json("plan")
    assert plan["steps"] == []
    assert plan["blocked"] == {name: told[name, distribution] for name, distribution in told if name in plan["blocked"]}
    assert set(plan["blocked"]) == {"acme_pay", "billing", "payments"}
    says_all(command.text("plan"), {key: each for key, each in told.items() if key[0] in plan["blocked"]})
    for columns in (120, 80):
        reads_well(command, columns, told)
    return told


def check_differs_where_it_must(command: HubCommand, told: Told) -> None:
    """``hub check`` opens no database, so it cannot know what was here: payments, and who published the extension point."""
    checked = reasons(command.json("check")["modules"])
    acme = checked.pop(("acme_pay", "acme-hub-gateway"))
    assert [reason["code"] for reason in acme] == ["missing_requirement", "extension_point_missing"]
    assert acme[0] == told["acme_pay", "acme-hub-gateway"][0]
    only_recorded = {("payments", "hub-module-payments"), ("acme_pay", "acme-hub-gateway")}
    assert checked == {module: each for module, each in told.items() if module not in only_recorded}
    says_all(command.text("check"), checked)
    with_database = reasons(command.json("check", "--deep")["modules"])
    assert with_database == told, "with the database it says the same of every module"


def others_serve(client: httpx2.Client, told: Told) -> None:
    """HTTP tells the same reasons; what needs payments answers 503, and notes serves what it kept."""
    listed = client.get("/api/v1/modules").json()
    assert reasons(listed) == told
    for name in {name for name, _ in told}:
        shown = client.get(f"/api/v1/modules/{name}").json()
        assert reasons(shown.get("claimants", [shown])) == {key: each for key, each in told.items() if key[0] == name}
    assert [note["text"] for note in client.get("/api/v1/notes/notes").json()["items"]] == [NOTE["text"]]
    for path in ("billing/invoices", "payments/gateways", "acme_pay/notifications"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.json()["status"] == 503
        assert path.partition("/")[0] in answer.json()["detail"]


def reads_well(command: HubCommand, columns: int, told: Told) -> None:
    """On a terminal: one row for each module, reasons and remedies below the table, nothing cut, nothing only coloured."""
    screen = command.screen("list", columns=columns)
    assert screen.returncode == 0
    assert "\x1b" not in screen.text, "colours are the only escapes"
    assert "Traceback" not in screen.text
    rule = next(number for number, line in enumerate(screen.lines) if line.startswith(" ───"))
    rows = [line.split() for line in takewhile(bool, screen.lines[rule + 1 :])]
    below = screen.lines[rule + len(rows) + 2 :]
    assert [row[0] for row in rows] == [name for name, _ in told], "names are never cut, titles may be"
    for row, each in zip(rows, told.values(), strict=True):
        assert (row[-1] in ("blocked", "orphaned")) is bool(each)
    says_all("\n".join(below), told)
    for line in screen.lines:
        assert len(line) <= columns or re.fullmatch(r"\s+(\S+|pip (un)?install .*)", line), line
    for before, line in pairwise(below):
        assert not line.startswith("      ") or before.startswith("  "), "what goes on from a line stands further in"
    blocked = sum(row[-1] == "blocked" for row in rows)
    assert screen.lines[-1] == f"{blocked} blocked, 1 orphaned; `hub show NAME` tells all about one module"


@pytest.mark.usefixtures("faulty_neighbours")
def test_ten_faults_are_told_alike_by_every_command_and_over_http(
    hub: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hub.toml").write_text(HUB_TOML.replace("[modules.acme_pay]\nenabled = true\n\n", ""), encoding="utf-8")
    database_url = f"sqlite:///{tmp_path / 'hub.db'}"
    command = HubCommand(hub, tmp_path, database_url)
    with hub_up(hub, tmp_path, database_url) as running:
        token = running.token
    began = time.perf_counter()
    with hub_up(hub, tmp_path, database_url) as running:
        seconds = time.perf_counter() - began
        told = served(running, token)
    with capsys.disabled():
        print(f"\n  hub up beside {len(FAULTS) + 1} faulty distributions was ready after {seconds:.2f} s")
    assert reasons(command.json("list")) == told
    assert reasons(command.json("check")["modules"]) == told
    says_all(command.text("list"), told)
    says_all(command.text("check"), told)
    of_module = {name: {key: each for key, each in told.items() if key[0] == name} for name in FAULTS}
    for name, text in command.shown(FAULTS).items():
        says_all(text, of_module[name])
    for name, text in command.shown(FAULTS, "--json").items():
        shown = json.loads(text)
        assert reasons(shown if isinstance(shown, list) else [shown]) == of_module[name]


def served(running: HubProcess, token: str) -> Told:
    """The reasons as HTTP tells them; whoever has none answers."""
    with running.client(token) as client:
        told = reasons(client.get("/api/v1/modules").json())
        assert {name: each for name, each in codes(told).items() if each} == {
            name: {code} for name, code in FAULTS.items()
        }
        for name in FAULTS:
            shown = client.get(f"/api/v1/modules/{name}").json()
            expected = {key: each for key, each in told.items() if key[0] == name}
            assert reasons(shown.get("claimants", [shown])) == expected
            assert client.get(f"/api/v1/{name}/things").status_code == 404, "nobody asked for it"
        for path in ("notes/notes", "billing/invoices", "payments/gateways"):
            assert client.get(f"/api/v1/{path}").status_code == 200
    return told
