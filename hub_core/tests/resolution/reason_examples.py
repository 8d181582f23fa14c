"""One small environment for each code a module can be refused with: the reference shows just these texts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from packaging.version import Version

from hub_core.catalog import FoundDistribution, FoundModule, Revision
from hub_core.planning import Desired, DesiredModule, hindrances, listing
from hub_core.planning import RecordedModule as Row
from hub_core.resolution import Reason, resolve
from hub_core.tests.found_modules import catalog, found
from hub_core.tests.planning.situations import record, recorded

Libraries = Mapping[str, str | FoundDistribution]


def module(name: str, *requires: str, **changes: object) -> FoundModule:
    """Module ``name`` of ``hub-module-<name>``."""
    changes = {"distribution": f"hub-module-{name}", **changes}
    return found(name, *requires, **changes)  # type: ignore[arg-type]


def reasons(
    name: str,
    *modules: FoundModule,
    libraries: Libraries | None = None,
    rows: Sequence[Row] = (),
    desired: Desired | None = None,
    wanted: set[str] | None = None,
    programs: Mapping[str, str | None] | None = None,
) -> tuple[Reason, ...]:
    """Why ``name`` does not run, as every listing tells it."""
    before = recorded(*rows)
    on_disk = catalog(*modules, libraries=libraries, programs=programs)
    answer = resolve(
        on_disk,
        contract=Version("1.0"),
        recorded={row.name: row.distribution for row in rows},
        wanted=wanted,
        areas=("kiosk",),
    )
    if desired is not None and wanted is None:
        return hindrances(recorded=before, desired=desired, resolution=answer)[name]
    (line, *_) = (line for line in listing(on_disk, answer, before, desired=desired or Desired()) if line.name == name)
    return line.reasons


def revision(name: str, file: str, label: str = "") -> FoundModule:
    made = module(name, revisions=("0001",))
    only = Revision(path=made.folder / file, id="0001" if not label else f"{name}_1", labels=(label,) if label else ())
    return replace(made, revisions=(only,))


PAYMENTS = module("payments", version="1.4", manifest='[extension_points]\npayments_gateways = "1.0"')
BILLING = module("billing", "hub-module-payments>=1.0,<2")
ROW = replace(record("billing", version="2.0", revision="billing_0007"), distribution="hub-module-billing")

EXAMPLES: Mapping[str, tuple[Reason, ...]] = {
    "missing_requirement": reasons("billing", BILLING),
    "version_mismatch": reasons("billing", BILLING, module("payments", version="2.1")),
    "requirement_unusable": reasons(
        "billing",
        module("billing", "acme-sdk>=2"),
        libraries={"acme-sdk": FoundDistribution(version="2.1", fault="its METADATA is not UTF-8")},
    ),
    "version_conflict": reasons(
        "billing",
        module("billing", "acme-sdk>=2"),
        module("shop", "acme-sdk<2"),
        libraries={"acme-sdk": "1.9"},
    ),
    "optional_mismatch": reasons(
        "billing",
        module("billing", 'hub-module-notes>=2; extra == "notes"'),
        module("notes"),
        wanted={"billing", "notes"},
    ),
    "python_mismatch": reasons("billing", module("billing", requires_python=">=3.99")),
    "contract_mismatch": reasons("billing", module("billing", "hub-hookspecs>=2,<3")),
    "binary_missing": reasons("billing", module("billing", manifest='binaries = ["pandoc"]')),
    "extension_point_missing": reasons(
        "acme_pay", module("acme_pay", manifest='[implements]\npayments_gateways = ">=1,<2"')
    ),
    "extension_point_version": reasons(
        "acme_pay", module("acme_pay", manifest='[implements]\npayments_gateways = ">=2,<3"'), PAYMENTS
    ),
    "extension_point_clash": reasons(
        "sales",
        module("sales", manifest='[extension_points]\nsales_tax_rates = "1.0"'),
        module(
            "sales_tax", manifest='[extension_points]\nsales_tax_rates = "1.0"', distribution="hub-module-sales-tax"
        ),
    ),
    "tier_mismatch": reasons(
        "accounts", module("accounts", "hub-module-notes", manifest='tier = "core"'), module("notes")
    ),
    "glue_invalid": reasons(
        "bridge",
        module("bridge", "hub-module-notes", manifest='auto_install = ["payments"]'),
        module("notes"),
        PAYMENTS,
    ),
    "target_not_required": reasons(
        "dunning", module("dunning", manifest='[[overrides]]\nroute = "billing:show_invoice"'), BILLING, PAYMENTS
    ),
    "override_order_ambiguous": reasons(
        "dunning",
        module("dunning", "hub-module-payments", manifest='[[overrides]]\nroute = "payments:show_intent"'),
        module("stamps", "hub-module-payments", manifest='[[overrides]]\nroute = "payments:show_intent"'),
        PAYMENTS,
    ),
    "requirement_blocked": reasons("acme_pay", module("acme_pay", "hub-module-billing"), BILLING),
    "requirement_cycle": reasons(
        "billing", module("billing", "hub-module-orders"), module("orders", "hub-module-billing")
    ),
    "more_reasons": reasons("billing", module("billing", *(f"library-{number}" for number in range(120))))[-1:],
    "requirement_disabled": reasons(
        "billing",
        BILLING,
        PAYMENTS,
        wanted={"billing"},
        desired=Desired(modules={"billing": DesiredModule()}),
        rows=[replace(ROW, version="1.0", revision=None)],
    ),
    "name_clash": reasons(
        "billing", module("billing", distribution="hub-module-billing"), module("billing", distribution="acme-billing")
    ),
    "name_invalid": reasons("kiosk", module("kiosk")),
    "table_prefix_clash": reasons("crm", module("crm", manifest='table_prefix = "sales_"'), module("sales")),
    "revision_clash": reasons("billing", revision("billing", "0001_tables.py"), revision("shop", "0001_first.py")),
    "branch_label_clash": reasons(
        "billing", revision("billing", "billing_1.py", "main"), revision("shop", "shop_1.py", "main")
    ),
    "version_unwanted": reasons(
        "billing", module("billing"), desired=Desired(modules={"billing": DesiredModule(version=">=2")})
    ),
    "schema_newer": reasons("billing", module("billing", revisions=("billing_0006",)), rows=[ROW]),
    "placement_changed": reasons(
        "billing",
        module("billing", revisions=("billing_0007",)),
        desired=Desired(modules={"billing": DesiredModule(placement="schema")}),
        rows=[replace(ROW, version="1.0")],
    ),
    "not_installed": reasons("billing", rows=[ROW]),
}
"""Code → the reasons of the module the example is about; the first has that code."""
