"""The tests of the hooks can fail: with the call of its hook taken out, each one does."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hub_hookspecs import hooks

TESTS = Path(__file__).with_name("test_every_hook_is_called.py")
UNHOOKING = """
import pytest
from hub_core.hooks import ModuleHooks

@pytest.fixture(autouse=True)
def without_the_hook_of_the_test(request, monkeypatch):
    hook = request.function.__name__.removeprefix("test_").removesuffix("_is_called")
    call = ModuleHooks.call
    unhooked = lambda self, name, **arguments: None if name == hook else call(self, name, **arguments)
    monkeypatch.setattr(ModuleHooks, "call", unhooked)
"""


@pytest.mark.timeout(400)
def test_a_hook_that_is_not_called_turns_its_test_red(tmp_path: Path) -> None:
    (tmp_path / "unhooking.py").write_text(UNHOOKING)
    program = f"import sys, pytest; sys.path.insert(0, {str(tmp_path)!r}); sys.exit(pytest.main(sys.argv[1:]))"
    options = ["-q", "--tb=no", "-rA", "-p", "no:cacheprovider", "-p", "unhooking", "-k", "sqlite", str(TESTS)]
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("HUB_TEST_")
    }  # all, no sample
    ran = subprocess.run(
        [sys.executable, "-c", program, *options],
        cwd=TESTS.parents[3],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    red = re.findall(r"^(?:FAILED|ERROR) \S+::test_(\w+)_is_called", ran.stdout, re.MULTILINE)
    assert set(red) == set(hooks.__all__), ran.stdout + ran.stderr
    assert "PASSED" not in ran.stdout
