"""A hook that ends the process with os._exit(0) is no success: it is said who did it, and what was begun is undone."""

import json
from pathlib import Path

import pytest

from hub_core.tests.cli.hub_processes import run_new_hub
from hub_core.tests.sample_modules import SampleModules

ENDS = """
    import os
    from hub_hookspecs import hookimpl

    @hookimpl
    def hub_after_install(context):
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        os._exit({code})
"""


@pytest.mark.parametrize(("code", "expected"), [(0, 1), (9, 9)])
def test_it_is_told_and_undone(
    code: int, expected: int, samples: SampleModules, database_url: str, tmp_path: Path
) -> None:
    samples.install("rude", {"__init__.py": ENDS.format(code=code)})
    ran = run_new_hub(tmp_path, "enable", "rude", "--yes", path=samples.site, HUB_DATABASE_URL=database_url)
    assert ran.returncode == expected
    assert ran.stderr.count("ended the process amid the change") == 1, "its child ended as it pleased"
    assert f"it called os._exit({code})" in ran.stderr
    samples.install("good")
    ran = run_new_hub(tmp_path, "enable", "good", "--yes", path=samples.site, HUB_DATABASE_URL=database_url)
    assert ran.returncode == 0, ran.stderr
    ran = run_new_hub(tmp_path, "history", "--operations", "--json", path=samples.site, HUB_DATABASE_URL=database_url)
    assert [row["outcome"] for row in json.loads(ran.stdout)] == ["undone", "done"]
