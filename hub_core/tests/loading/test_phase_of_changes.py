"""What a module changes is told with the phase in which it did: its import, one of its hooks, or when it was described."""

from pathlib import Path

import pytest

from hub_core.loading import Probed, probe_modules
from hub_core.loading.probe_helper import NOT_AGAIN
from hub_core.tests.loading.test_probe import HOOK, PATIENT, probed, resolution
from hub_core.tests.sample_modules import SampleModules

CHANGE = "import json; json.loads = None"
DAEMON = (
    "import os, subprocess\n"
    "    if os.fork() == 0:\n"
    "        subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
    "        os._exit(0)\n"
    "    os.wait()"
)
THREAD = "import threading; threading.Thread(target=threading.Event().wait, name='late', daemon=True).start()"
PROCESS = "import subprocess; subprocess.Popen(['sleep', '300'])"
PLACES = {
    "import": {"__init__.py": CHANGE},
    "hooks": {"__init__.py": f"def __dir__():\n    {CHANGE}\n    return []"},
    "settings": {"config.py": f"{CHANGE}\nfrom pydantic import BaseModel\nclass Settings(BaseModel): ..."},
    "models": {"__init__.py": f"{HOOK}def hub_models():\n    {CHANGE}"},
    "migrations": {"__init__.py": f"{HOOK}def hub_migrations():\n    {CHANGE}"},
    "extension points": {"__init__.py": f"{HOOK}def hub_extension_points():\n    {CHANGE}"},
    "services": {"__init__.py": f"{HOOK}def hub_services():\n    {CHANGE}"},
    "routes": {"routes/api/items.py": f"{CHANGE}\nfrom fastapi import APIRouter\nrouter = APIRouter()"},
    "pages": {"__init__.py": f"{HOOK}def hub_pages():\n    {CHANGE}"},
}
"""Of each phase, a module that changes something in it."""


def test_each_phase_is_told_as_it_is(samples: SampleModules) -> None:
    for number, files in enumerate(PLACES.values()):
        samples.install(f"changes{number}", files)
    answers = probed()
    found = {phase: answers[f"changes{number}"] for number, phase in enumerate(PLACES)}
    assert {phase: (each.kind, each.phase, each.text) for phase, each in found.items()} == {
        phase: ("changes", phase, "replaces json.loads") for phase in PLACES
    }


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (THREAD, "starts 1 thread that goes on (late, daemon)"),
        (PROCESS, "starts 1 process that goes on (sleep 300)"),
        (DAEMON, "starts 1 process that goes on (sleep 300)"),
    ],
    ids=["a thread", "a process", "a daemon"],
)
@pytest.mark.parametrize("hook", ["hub_routes", "hub_services"])
def test_what_goes_on_is_told_with_the_hook_that_started_it(
    hook: str, change: str, text: str, samples: SampleModules
) -> None:
    samples.install("starter", {"__init__.py": f"{HOOK}def {hook}():\n    {change}"})
    starter = probed()["starter"]
    assert (starter.kind, starter.phase, starter.text) == ("changes", hook.removeprefix("hub_"), text)


def test_of_two_changes_the_first_is_told_with_its_phase(samples: SampleModules) -> None:
    code = f"import os\nos.umask(0o007)\n{HOOK}def hub_services():\n    {CHANGE}"
    samples.install("twice", {"__init__.py": code})
    twice = probed()["twice"]
    assert (twice.phase, twice.text) == ("import", "changes the umask")


def only_when(condition: str, once: Path) -> str:
    """A module that changes something in a hook depending on whether it ran before."""
    once.parent.chmod(0o777)
    return (
        f"import pathlib\nonce = pathlib.Path({str(once)!r})\n{HOOK}def hub_services():\n"
        f"    again = once.exists()\n    once.touch()\n    if {condition}: {CHANGE}"
    )


def test_what_a_hook_of_a_requirement_changes_counts_against_the_requirement(
    samples: SampleModules, tmp_path: Path
) -> None:
    samples.install("below", {"__init__.py": only_when("again", tmp_path / "once")})
    samples.install("above", requires=("sample-below",))
    answers = probed()
    assert answers["below"].kind == "described"
    assert (answers["above"].phase, answers["above"].kind) == ("requirements", "changes")
    assert answers["above"].text == "services of below, which it requires: replaces json.loads"


def test_a_change_that_does_not_come_again_is_told_as_that(samples: SampleModules, tmp_path: Path) -> None:
    samples.install("fickle", {"__init__.py": only_when("not again", tmp_path / "once")})
    fickle = probed()["fickle"]
    assert (fickle.kind, fickle.phase, fickle.text) == ("changes", "import", "replaces json.loads" + NOT_AGAIN)


def settings_answer(samples: SampleModules, config: str) -> Probed:
    samples.install("shop", {"config.py": config})
    (answer,) = probe_modules(resolution(), (), settings={"shop": {}}, limits=PATIENT)
    return answer


def test_a_validator_of_settings_that_changes_something_is_told(samples: SampleModules) -> None:
    config = (
        "from pydantic import BaseModel, model_validator\nclass Settings(BaseModel):\n"
        f"    @model_validator(mode='after')\n    def check(self):\n        {CHANGE}\n        return self"
    )
    answer = settings_answer(samples, config)
    assert (answer.kind, answer.phase, answer.text) == ("changes", "configuration", "replaces json.loads")


def test_a_schema_of_a_route_that_changes_something_is_told(samples: SampleModules) -> None:
    routes = (
        "from typing import Annotated\nfrom fastapi import APIRouter\nfrom hub_hookspecs.web import public\n"
        "from pydantic import BaseModel\nrouter = APIRouter()\nclass Item(BaseModel):\n    name: str\n"
        "    @classmethod\n    def __get_pydantic_json_schema__(cls, core, handler):\n"
        f"        {CHANGE}\n        return handler(core)\n"
        "@router.get('/items', dependencies=[public()])\nasync def items() -> Item: ..."
    )
    samples.install("shop", {"routes/api/items.py": routes})
    shop = probed()["shop"]
    assert (shop.kind, shop.phase, shop.text) == ("changes", "description", "replaces json.loads")
