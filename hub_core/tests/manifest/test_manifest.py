"""A manifest is read into values, or refused with every fault it has."""

import time

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from hub_core.manifest import Extends, Manifest, ManifestInvalid, Menu, Overrides, Permission, parse_manifest

FULL = """
title = "Billing"
summary = "Invoices and plans"
category = "Finance"
tier = "core"
application = true
after = ["orders", "crm"]
auto_install = ["crm"]
binaries = ["wkhtmltopdf"]
table_prefix = "bill_"

[[permissions]]
name = "billing.invoice.read"
title = "See invoices"

[[menus]]
label = "Invoices"
path = "/billing/invoices"
permission = "billing.invoice.read"

[[menus]]
label = "Plans"
path = "/admin/billing"
area = "admin"

[extension_points]
billing_exports = "1.0"

[implements]
payments_gateways = ">=1.0,<2"

[[extends]]
model = "payments.PaymentIntent"
fields = ["dunning_level", "note"]

[[overrides]]
route = "payments:show_intent"
"""


def faults(text: str | bytes, module: str = "billing") -> tuple[str, ...]:
    with pytest.raises(ManifestInvalid) as raised:
        parse_manifest(text, module)
    return raised.value.faults


def test_an_empty_manifest_is_valid_and_every_key_has_its_default() -> None:
    assert parse_manifest("", "sales_tax") == Manifest(
        title="Sales tax",
        summary=None,
        category="Other",
        tier="optional",
        application=False,
        auto_install=False,
        binaries=(),
        after=(),
        table_prefix="sales_tax_",
        permissions=(),
        menus=(),
        extension_points={},
        implements={},
    )


def test_a_full_manifest_is_read_whole() -> None:
    assert parse_manifest(FULL.encode(), "billing") == Manifest(
        title="Billing",
        summary="Invoices and plans",
        category="Finance",
        tier="core",
        application=True,
        auto_install=("crm",),
        after=("orders", "crm"),
        binaries=("wkhtmltopdf",),
        table_prefix="bill_",
        permissions=(Permission(name="billing.invoice.read", title="See invoices"),),
        menus=(
            Menu(label="Invoices", path="/billing/invoices", permission="billing.invoice.read", area=None),
            Menu(label="Plans", path="/admin/billing", permission=None, area="admin"),
        ),
        extension_points={"billing_exports": Version("1.0")},
        implements={"payments_gateways": SpecifierSet(">=1.0,<2")},
        extends=(Extends(model="payments.PaymentIntent", fields=("dunning_level", "note")),),
        overrides=(Overrides(route="payments:show_intent"),),
    )


def test_all_faults_are_named_at_once_with_what_was_meant() -> None:
    text = """
titel = "Billing"
tier = "optonal"
application = 1
after = "orders"

[[permissions]]
name = "other.invoice.read"
title = "See invoices"

[[permissions]]
name = "billing.invoice.write"

[[menus]]
label = "Invoices"
path = "/invoices"
permission = "other.invoice.reed"

[extension_points]
exports = "1.x"

[implements]
payments_gateways = "about 1"
"""
    assert faults(text) == (
        'titel: unknown key; did you mean "title"?',
        "tier: 'optonal' is none of core, optional, internal; did you mean \"optional\"?",
        "application: 1 is neither true nor false",
        "after: 'orders' is not a list",
        "permissions[2].title: missing",
        "extension_points.exports: '1.x' is not a version such as \"1.0\"",
        "permissions: 'other.invoice.read' does not begin with \"billing.\"",
        "menus: '/invoices' does not lie below /billing",
        "menus: 'other.invoice.reed' is not under permissions; did you mean \"other.invoice.read\"?",
        "implements.payments_gateways: 'about 1' is not a version range such as '>=1,<2'",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title = ", "not TOML: "),
        (b"title = '\xff'", "not UTF-8: invalid start byte at byte 9"),
        ("a = " + "[" * 5000, "not TOML: "),
        ("#" * 100_001, "the file has more than the 100000 bytes that are allowed"),
        ("title = ''", "title: '' is not a line of text"),
        ('title = "a\\nb"', "title: 'a\\nb' is not a line of text"),
        ("title = 'x'\n[title.x]", "not TOML: "),
        ("permissions = [1]", "permissions[1]: 1 is not a table"),
        ("menus = {}", "menus: {} is not a list"),
        ("extension_points = []", "extension_points: [] is not a table"),
        ("[extension_points]\nBilling = '1'", "extension_points: 'Billing' is not the name of an extension point"),
        ("[extension_points]\nother_x = '1'", "extension_points: 'other_x' does not begin with \"billing_\""),
        (
            "[[extends]]\nmodel = 'Invoice'\nfields = ['a']",
            "extends[1].model: 'Invoice' is not a model of another module, such as billing.Invoice",
        ),
        ("[[extends]]\nmodel = 'shop.Item'\nfields = []", "extends: 'shop.Item' is extended without fields"),
        ("[[extends]]\nmodel = 'billing.Invoice'\nfields = ['a']", "extends: 'billing.Invoice' is this module's own"),
        ("[[extends]]\nmodel = 'shop.Item'\nfields = ['a']\n" * 2, "extends: 'shop.Item' is there twice"),
        (
            "[[overrides]]\nroute = 'GET /x'",
            "overrides[1].route: 'GET /x' is not a route of another module, such as billing:show_invoice",
        ),
        ("[[overrides]]\nroute = 'billing:a'", "overrides: 'billing:a' is this module's own"),
        ("[[overrides]]\nroute = 'shop:a'\n" * 2, "overrides: 'shop:a' is there twice"),
        ("[implements]\nx = '>=1;2'", "implements.x: '>=1;2' is not a version range such as '>=1,<2'"),
        ("[implements]\nx = '~=1.2.3prev\u0131ew1'", "implements.x: "),
        ("table_prefix = 'hub_'", "table_prefix: 'hub_' belongs to the hub"),
        ("table_prefix = 'pg_bill_'", "table_prefix: 'pg_bill_' belongs to PostgreSQL"),
        ("table_prefix = 'sqlite_'", "table_prefix: 'sqlite_' belongs to SQLite"),
        ("table_prefix = 'Bill'", "table_prefix: 'Bill' is not lower-case and ends with an underscore"),
        ("after = ['a', 'B']", "after[2]: 'B' is not the name of a module"),
        (
            "permissions = [{name = 'billing.x', title = 'X'}, {name = 'billing.x', title = 'X'}]",
            "permissions: 'billing.x' is there twice",
        ),
        ("menus = [{label = 'X', path = '/billingx'}]", "menus: '/billingx' does not lie below /billing"),
        (
            "menus = [{label = 'X', path = '/billing', area = 'admin'}]",
            "menus: '/billing' does not lie below /admin/billing",
        ),
        ("menus = [{label = 'X', path = '/billing/../x\\n'}]", "menus[1].path: "),
    ],
)
def test_one_fault_is_named_where_it_stands(text: str | bytes, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)


def test_a_long_value_is_cut_in_the_fault() -> None:
    (found,) = faults(f"tier = '{'x' * 5000}'")
    assert len(found) < 200


def test_the_error_says_what_to_do() -> None:
    with pytest.raises(ManifestInvalid) as raised:
        parse_manifest("titel = 1\ntier = 2", "billing")
    assert str(raised.value) == (
        "hub-module.toml of billing has 2 faults\n"
        'cause: titel: unknown key; did you mean "title"?; tier: 2 is none of core, optional, internal\n'
        "remedy: Correct hub-module.toml; docs/reference/manifest.md explains every key"
    )
    assert raised.value.code == "manifest_invalid"


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 49_000 + " = 1",  # tomllib alone takes most of a minute
        "[" + "a." * 49_000 + "a]",
        'a = { "."' + '."."' * 20_000 + " = 1 }",
        "\n".join(f"[a{number}]" for number in range(12_000)),
        "binaries = [" + "1," * 40_000 + "]",
    ],
    ids=["key", "table", "quoted key", "unknown tables", "wrong items"],
)
def test_a_manifest_made_to_take_long_does_not(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ManifestInvalid) as caught:
        parse_manifest(text, "billing")
    assert time.perf_counter() - started < 1
    assert len(caught.value.faults) <= 51


def test_dots_in_texts_are_no_matter() -> None:
    assert parse_manifest('summary = "Invoices …' + "." * 150 + '"\n', "billing").summary
