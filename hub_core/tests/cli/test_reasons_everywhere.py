"""One fault, one wording: the screen, ``--json`` and HTTP tell the same code, text and remedy of each module."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub_core.cli.main import main
from hub_core.database import Database, parse_url
from hub_core.operations.recorded_state import note_failures
from hub_core.operations.up import Raised, up
from hub_core.runtime import Hub
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_modules import SampleModules
from hub_core.web import application

CODES = {
    "shop": [],
    "lonely": ["missing_requirement", "missing_requirement"],
    "behind": ["requirement_blocked", "requirement_blocked"],
    "round_one": ["requirement_cycle"],
    "round_two": ["requirement_cycle"],
    "odd": ["manifest_invalid", "manifest_invalid"],
    "tool": ["binary_missing"],
    "private": ["metadata_invalid"],
    "newer": ["version_unwanted"],
    "gone": ["not_installed"],
    "broken": ["failed_import"],
    "above": ["requirement_failed"],
    "picky": ["needs_configuration"],
}
"""The reasons of each module, once the hub has come up."""

KNOWN_ONLY_BEHIND_FILES = {
    "not_installed",  # only the database knows that it was ever here
    "needs_configuration",
}
"""What ``hub check``, which looks at files alone, cannot know."""
PROBED = {"failed_import", "requirement_failed"}
"""What it knows because the probe found it when the hub came up, and says with the time of that."""

DOCUMENT = "".join(f"[modules.{name}]\nenabled = true\n" for name in CODES).replace(
    "[modules.newer]\n", '[modules.newer]\nversion = ">=2"\n'
)
PICKY = "from pydantic import BaseModel\n\nclass Settings(BaseModel):\n    seller: str\n"
SECRET = "s3cret"


def install(samples: SampleModules) -> None:
    samples.install("shop")
    samples.install("lonely", requires=("never>=1", "nowhere>=1"))
    samples.install("behind", requires=("sample-lonely",))
    samples.install("round_one", requires=("sample-round_two",))
    samples.install("round_two", requires=("sample-round_one",))
    samples.install("odd", manifest='tier = "optonal"\ntitel = "Odd"\n')
    samples.install("tool", manifest='binaries = ["no-such-program"]\n')
    samples.install("private", requires=(f"no name @ https://me:{SECRET}@host/x.whl",))
    samples.install("newer")
    samples.install("gone")
    samples.install("broken", {"__init__.py": "raise RuntimeError('no')"})
    samples.install("above", requires=("sample-broken",))
    samples.install("picky", {"config.py": PICKY})


def come_up(settings: HubSettings) -> Raised:
    return up(settings, agree=lambda plan: None, on_revision=lambda run: None)


@dataclass
class Faces:
    """A hub that came up beside faulty modules, and its command line."""

    client: httpx2.AsyncClient
    capsys: pytest.CaptureFixture[str]

    async def over_http(self) -> dict[str, Any]:
        """The modules of this test as ``/api/v1/modules`` tells them."""
        return self.by_name((await self.client.get("/api/v1/modules")).json())

    def as_json(self, *arguments: str) -> Any:
        """What a command prints with ``--json``."""
        return json.loads(self.as_text(*arguments, "--json"))

    def as_text(self, *arguments: str) -> str:
        """What a command prints where nobody looks at a screen."""
        self.capsys.readouterr()
        main(list(arguments))
        return self.capsys.readouterr().out

    @staticmethod
    def by_name(modules: list[Any]) -> dict[str, Any]:
        """Without the modules of this checkout, which are installed beside."""
        return {module["name"]: module for module in modules if module["name"] in CODES}


@pytest.fixture
async def faces(
    samples: SampleModules,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Faces]:
    install(samples)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    (tmp_path / "hub.toml").write_text(DOCUMENT)
    settings = read_settings(tmp_path)
    token = come_up(settings).token
    assert token is not None
    shutil.rmtree(samples.site / "sample_gone-1.0.dist-info")
    shutil.rmtree(samples.site / "sample_gone")
    hub = Hub(settings, Database(parse_url(database_url)), come_up(settings).standing)
    await hub.start()
    note_failures(settings, hub.failures())
    transport = httpx2.ASGITransport(app=application(hub))
    headers = {"Authorization": f"Bearer {token.text}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://hub.test", headers=headers) as client:
        yield Faces(client, capsys)
    await hub.stop()


async def test_list_show_and_http_answer_the_same(faces: Faces) -> None:
    told = await faces.over_http()
    assert {name: [reason["code"] for reason in module["reasons"]] for name, module in told.items()} == CODES
    assert faces.by_name(faces.as_json("list")) == told
    for name, module in told.items():
        assert (await faces.client.get(f"/api/v1/modules/{name}")).json() == module
        shown = faces.as_json("show", name)
        assert {key: shown[key] for key in module} == module


async def test_check_says_the_same_of_all_that_files_alone_can_tell(faces: Faces) -> None:
    checked = faces.by_name(faces.as_json("check")["modules"])
    for name, module in (await faces.over_http()).items():
        said = checked[name]["reasons"] if name in checked else []
        assert _of_files(said) == _of_files(module["reasons"]), name
        probed = [each["code"] for each in said if each["code"] in PROBED]
        assert probed == [each["code"] for each in module["reasons"] if each["code"] in PROBED], name
    assert "gone" not in checked


def _of_files(reasons: list[dict[str, str]]) -> list[dict[str, str]]:
    return [each for each in reasons if each["code"] not in KNOWN_ONLY_BEHIND_FILES | PROBED]


async def test_the_plan_says_the_same_of_what_is_wanted_and_blocked(faces: Faces) -> None:
    plan = faces.as_json("plan")["blocked"]
    for name, module in (await faces.over_http()).items():
        if module["reasons"] and not set(CODES[name]) & {"failed_import", "requirement_failed", "needs_configuration"}:
            assert plan[name] == module["reasons"]


async def test_the_screen_has_every_code_text_and_remedy(faces: Faces) -> None:
    told = await faces.over_http()
    listed = {line.split()[0]: line for line in faces.as_text("list").splitlines()}
    checked, planned = faces.as_text("check"), faces.as_text("plan")
    for name, module in told.items():
        shown = faces.as_text("show", name)
        for reason in module["reasons"]:
            said, remedy = f"{reason['text']} [{reason['code']}]", f"remedy: {reason['remedy']}"
            assert said in listed[name]
            assert remedy in listed[name]
            assert f"\n  {said}\n" in shown
            assert f"\n    {remedy}\n" in shown
            if reason["code"] not in KNOWN_ONLY_BEHIND_FILES | PROBED:
                assert f"\n  {said}\n" in checked
                assert f"\n    {remedy}\n" in checked
                assert f"\n  {said}\n" in planned


async def test_a_password_in_metadata_is_told_by_none(faces: Faces) -> None:
    said = [
        faces.as_text(*command, *as_json)
        for command in (["list"], ["check"], ["show", "private"], ["plan"])
        for as_json in ([], ["--json"])
    ]
    said.append((await faces.client.get("/api/v1/modules")).text)
    assert [each.count("me:***@host") > 0 for each in said] == [True] * len(said)
    assert not any(SECRET in each for each in said)


async def test_a_wanted_module_that_is_not_here_answers_503_and_the_others_serve(faces: Faces) -> None:
    for name, codes in CODES.items():
        answer = await faces.client.get(f"/api/v1/{name}/things")
        assert answer.status_code == (503 if codes else 404), name
        assert answer.headers["content-type"] == "application/problem+json"
