"""Each reason is a real one: with just that mended, and nothing else, the module runs."""

from collections.abc import Mapping

import pytest
from packaging.version import Version

from hub_core.catalog import FoundModule
from hub_core.resolution import resolve
from hub_core.tests.found_modules import catalog
from hub_core.tests.resolution.reason_examples import BILLING, PAYMENTS, module, revision

Modules = tuple[FoundModule, ...]
POINT = '[extension_points]\nsales_tax_rates = "1.0"'
SALES_TAX = "hub-module-sales-tax"

MENDED: Mapping[str, tuple[str, Modules, Modules]] = {
    "python_mismatch": (
        "billing",
        (module("billing", requires_python=">=3.99"),),
        (module("billing", requires_python=">=3.11"),),
    ),
    "tier_mismatch": (
        "accounts",
        (module("accounts", "hub-module-notes", manifest='tier = "core"'), module("notes")),
        (
            module("accounts", "hub-module-notes", manifest='tier = "core"'),
            module("notes", manifest='tier = "internal"'),
        ),
    ),
    "optional_mismatch": (
        "billing",
        (module("billing", 'hub-module-notes>=2; extra == "notes"'), module("notes")),
        (module("billing", 'hub-module-notes>=2; extra == "notes"'), module("notes", version="2.0")),
    ),
    "glue_invalid": (
        "bridge",
        (module("bridge", "hub-module-notes", manifest='auto_install = ["nodes"]'), module("notes")),
        (module("bridge", "hub-module-notes", manifest='auto_install = ["notes"]'), module("notes")),
    ),
    "requirement_cycle": (
        "billing",
        (module("billing", "hub-module-orders"), module("orders", "hub-module-billing")),
        (module("billing", "hub-module-orders"), module("orders")),
    ),
    "requirement_blocked": (
        "acme_pay",
        (module("acme_pay", "hub-module-billing"), BILLING),
        (module("acme_pay", "hub-module-billing"), BILLING, PAYMENTS),
    ),
    "name_clash": ("billing", (module("billing"), module("billing", distribution="acme")), (module("billing"),)),
    "name_invalid": ("kiosk", (module("kiosk"),), (module("kiosk"),)),
    "table_prefix_clash": (
        "crm",
        (module("crm", manifest='table_prefix = "sales_"'), module("sales")),
        (module("crm"), module("sales")),
    ),
    "revision_clash": (
        "billing",
        (revision("billing", "0001_tables.py"), revision("shop", "0001_first.py")),
        (revision("billing", "0001_tables.py"), module("shop", revisions=("shop_0001",))),
    ),
    "branch_label_clash": (
        "billing",
        (revision("billing", "billing_1.py", "main"), revision("shop", "shop_1.py", "main")),
        (revision("billing", "billing_1.py", "main"), revision("shop", "shop_1.py", "shop")),
    ),
    "extension_point_clash": (
        "sales",
        (module("sales", manifest=POINT), module("sales_tax", manifest=POINT, distribution=SALES_TAX)),
        (module("sales", manifest=POINT), module("sales_tax", distribution=SALES_TAX)),
    ),
}
"""Code → the module it is told of, the modules with the fault, the same without."""


@pytest.mark.parametrize("code", MENDED)
def test_the_module_runs_when_its_only_reason_is_mended(code: str) -> None:
    name, broken, mended = MENDED[code]
    is_area = code == "name_invalid"  # mended in hub.toml, not in a module
    before = resolve(catalog(*broken), contract=Version("1.0"), areas=("kiosk",) if is_area else ())
    assert [reason.code for reason in before.reasons[name]] == [code]
    after = resolve(catalog(*mended), contract=Version("1.0"))
    assert (name in after.order, after.reasons) == (True, {})
