"""With --json standard output holds the JSON alone, whatever modules print and however they do it."""

import json
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import run_new_hub, serving
from hub_core.tests.sample_modules import SampleModules

LOUD = """
    import os, sys
    from hub_hookspecs import hookimpl

    print("at import")

    @hookimpl
    def hub_after_install(context):
        print("in a hook")
        os.write(1, b"past python\\n")
        os.system("echo in a child")

    @hookimpl
    async def hub_lifespan(context):
        print("in the lifespan")
        sys.__stdout__.write("on what was standard output\\n")
        yield
"""


@pytest.mark.parametrize("options", [("--yes",), ("--dry-run",)])
def test_what_modules_print_is_not_in_the_json(
    options: tuple[str, ...], samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("loud", {"__init__.py": LOUD})
    ran = run_new_hub(tmp_path, "enable", "loud", *options, "--json", path=samples.site, HUB_DATABASE_URL=database_url)
    assert ran.returncode == 0, ran.stderr
    assert "steps" in json.loads(ran.stdout)
    if options == ("--yes",):
        for said in ("in a hook", "past python", "in a child", "in the lifespan"):
            assert said in ran.stderr


def test_without_json_standard_output_is_as_it_was(samples: SampleModules, database_url: str, tmp_path: Path) -> None:
    samples.install("shop")
    ran = run_new_hub(tmp_path, "enable", "shop", "--yes", path=samples.site, HUB_DATABASE_URL=database_url)
    assert "done: operation" in ran.stdout


SERVING_LOUD = """
    import os
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/loud")
    def loud() -> None:
        print("to a request", flush=True)
        os.write(1, b"past python\\n")
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_hub_that_serves_prints_a_line_of_json_each_time_it_is_ready(
    workers: str, samples: SampleModules, tmp_path: Path
) -> None:
    samples.install("loud", {"__init__.py": LOUD, "routes/api/loud.py": SERVING_LOUD})
    samples.install("other")
    with serving(tmp_path, "up", "--yes", "--json", "--workers", workers, path=samples.site) as hub:
        for moment in (1, 2):
            hub.read_until(r"(?s)" + moment * r'^\{"ready": .*' + "()")
            with hub.client() as client:
                assert client.get("/api/v1/loud/loud").status_code == 200
            if moment == 1:
                run_new_hub(tmp_path, "disable", "other", "--yes", path=samples.site)
        assert hub.stop() == 130
        lines = hub.output.splitlines()
        assert [json.loads(line)["ready"] for line in lines] == [hub.address] * 2
        for said in ("in the lifespan", "on what was standard output", "to a request", "past python"):
            assert hub.log.read_text().count(said) >= 2, said
