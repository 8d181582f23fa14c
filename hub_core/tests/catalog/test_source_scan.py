"""What a module's source may import, told from its text."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.catalog import FoundModule, source_faults
from hub_core.tests.found_modules import found

PAYMENTS = replace(found("payments"), package="mod_payments")
SIBLING = replace(found("sibling"), package="acme.sibling")


def module(folder: Path, files: dict[str, str], *requires: str, package: str = "mod_shop") -> FoundModule:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return replace(found("shop", *requires), folder=folder, package=package)


def codes(folder: Path, source: str, *requires: str, package: str = "mod_shop", file: str = "a/b.py") -> list[str]:
    shop = module(folder, {file: source}, *requires, package=package)
    whole = [fault.reason.code for fault in source_faults(shop, (PAYMENTS, SIBLING))]
    quick = [fault.reason.code for fault in source_faults(shop, (PAYMENTS, SIBLING), imports_only=True)]
    assert quick == [code for code in whole if code != "source_invalid"]
    return whole


@pytest.mark.parametrize(
    "source",
    [
        "import os, sys.path",
        "import hub_hookspecs.web",
        "import hub_corelike",
        "from . import models",
        "from ..other import thing",
        "from mod_shop.models import Base",
        "import mod_payments_client",
        "from mod_payments import interface",
        "from mod_payments.interface import Gateway",
        "import mod_payments.interface",
        "from mod_payments.interface.money import Money",
        "import_module('mod_payments.interface')",
        "import_module(name)",
        "import_module('.models', __package__)",
        "from ..... import above_the_top",
        "text = 'import hub_core'  # import mod_payments.models",
        "",
    ],
)
def test_what_a_module_may_import(source: str, tmp_path: Path) -> None:
    assert codes(tmp_path, source, "mod-payments>=1") == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import hub_core", "imports_core"),
        ("def f():\n  try:\n    from hub_core import x\n  except ImportError: pass", "imports_core"),
        ("import importlib as i\ni.import_module('hub_core.catalog')", "imports_core"),
        ("__import__('hub_core')", "imports_core"),
        ("import_module(name='hub_core')", "imports_core"),
        ("import mod_payments", "imports_internals"),
        ("from mod_payments import *", "imports_internals"),
        ("from mod_payments import Gateway", "imports_internals"),
        ("import mod_payments.models as m", "imports_internals"),
        ("import mod_payments.interfaces", "imports_internals"),
        ("import hub_module_nowhere.models", "imports_internals"),
        ("from acme import sibling", "imports_internals"),
        ("import hub_module_nowhere.interface", "interface_not_required"),
        ("from acme.sibling.interface import x", "interface_not_required"),
        ("def", "source_invalid"),
        ("x = 1\n\x00", "source_invalid"),
        ("(" * 10_000, "source_invalid"),
        ("\\N{not a letter}", "source_invalid"),
    ],
)
def test_what_a_module_may_not_import(source: str, code: str, tmp_path: Path) -> None:
    assert codes(tmp_path, source, "mod-payments>=1") == [code]


def test_a_requirement_under_an_extra_is_a_requirement(tmp_path: Path) -> None:
    source = "import mod_payments.interface"
    assert codes(tmp_path, source) == ["interface_not_required"]
    assert codes(tmp_path, source, 'Mod_Payments>=1; extra == "pay"') == []


def test_a_relative_name_may_lead_into_another_module_of_the_namespace(tmp_path: Path) -> None:
    assert codes(tmp_path, "from ...sibling import x", package="acme.shop") == ["imports_internals"]
    assert codes(tmp_path, "from ..models import x", package="acme.shop") == []


@pytest.mark.parametrize("file", ["interface.py", "interface/__init__.py", "interface/values.py"])
def test_an_interface_imports_the_contract_and_the_standard_library_only(file: str, tmp_path: Path) -> None:
    allowed = "from __future__ import annotations\nimport hub_hookspecs\nfrom decimal import Decimal\n"
    own = "from mod_shop.interface import values\n"
    assert codes(tmp_path, allowed + own, file=file) == []
    refused = "import pydantic\nfrom mod_payments.interface import Gateway\nfrom mod_shop.models import Base\n"
    assert codes(tmp_path, refused, "mod-payments>=1", file=file) == ["interface_imports"] * 3


def test_a_file_of_that_name_elsewhere_is_no_interface(tmp_path: Path) -> None:
    assert codes(tmp_path, "import pydantic", file="services/interface.py") == []


@pytest.mark.parametrize(
    "file", ["tests/a.py", "test/a.py", "inner/tests/a.py", "test_a.py", "a_test.py", "conftest.py"]
)
def test_tests_import_what_they_like(file: str, tmp_path: Path) -> None:
    assert codes(tmp_path, "import hub_core", file=file) == []


def test_each_line_is_told_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    source = "from hub_core import a, b\nimport hub_core.c\nimport mod_payments.x, hub_core.d\n"
    shop = module(tmp_path, {"b.py": source, "a.py": "import hub_core"})
    faults = [
        (fault.file.name, fault.line, fault.reason.code.removeprefix("imports_"))
        for fault in source_faults(shop, [PAYMENTS])
    ]
    assert faults == [
        ("a.py", 1, "core"),
        ("b.py", 1, "core"),
        ("b.py", 2, "core"),
        ("b.py", 3, "core"),
        ("b.py", 3, "internals"),
    ]


def test_links_and_what_is_no_file_are_not_waited_for(tmp_path: Path) -> None:
    package = tmp_path / "mod_shop"
    shop = module(package, {"a.py": ""})
    os.mkfifo(package / "pipe.py")
    (package / "circle").symlink_to(package)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.py").write_text("import hub_core")
    (package / "link").symlink_to(tmp_path / "elsewhere")
    (fault,) = source_faults(shop, [])
    assert (fault.file.name, fault.reason.code) == ("pipe.py", "source_invalid")


def test_a_warning_of_the_compiler_is_the_module_s_own(tmp_path: Path) -> None:
    assert codes(tmp_path, "import hub_core\nx = '\\d'") == ["imports_core"]
