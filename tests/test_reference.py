"""The reference names everything there is: error codes, settings and commands."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from hub_core.cli.commands import COMMANDS
from hub_core.settings import HubSettings

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
NOT_SHOWN = {"hub_error"}  # the code of the base class, which nobody raises


def codes_in(source: Path) -> Iterator[str]:
    """Codes of errors (``code = "…"``), of reasons (``code="…"``, ``_add("…", …)``) and of HTTP answers."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        found: ast.expr | None = None
        if (isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["code"]) or (
            isinstance(node, ast.keyword) and node.arg == "code"
        ):
            found = node.value
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "problem_response":
            found = node.args[2] if len(node.args) > 2 else None
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("._add"):
            found = node.args[0]
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


def test_every_error_code_is_in_the_reference() -> None:
    sources = [path for path in (ROOT / "hub_core").rglob("*.py") if "tests" not in path.parts]
    codes = {code for source in sources for code in codes_in(source)} - NOT_SHOWN
    text = (REFERENCE / "error-codes.md").read_text(encoding="utf-8")
    assert len(codes) > 20, "the search finds the codes"
    assert sorted(code for code in codes if f"`{code}`" not in text) == []


def test_the_reference_names_no_code_that_is_gone() -> None:
    text = (REFERENCE / "error-codes.md").read_text(encoding="utf-8")
    sources = [
        path.read_text(encoding="utf-8")
        for path in (*(ROOT / "hub_core").rglob("*.py"), *ROOT.glob("hookspecs/hub_hookspecs/*.py"))
    ]
    named = set(re.findall(r"^\|(?: \d+ \|)? `([a-z_]+)`", text, re.MULTILINE))
    assert sorted(code for code in named if not any(code in source for source in sources)) == []


def test_every_setting_of_the_hub_is_in_the_reference() -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    names = set(HubSettings.model_fields) - {"folder", "modules"}
    assert sorted(name for name in names if f"| `{name}` |" not in text) == []


@pytest.mark.parametrize("module", ["billing", "billing_reminders", "notes", "payments"])
def test_every_setting_of_a_module_is_in_the_reference(module: str) -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    fields = import_module(f"hub_module_{module}.config").Settings.model_fields
    assert sorted(name for name in fields if f"| {module} | `{name}` |" not in text) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command: str) -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    assert f"\n## hub {command}\n" in text
