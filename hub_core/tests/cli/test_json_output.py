"""With --json standard output holds the JSON alone, whatever modules print and however they do it."""

import json
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import run_new_hub
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
