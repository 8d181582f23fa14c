"""What runs together is decided from metadata, and every module that cannot run has its reasons."""

from collections.abc import Collection, Mapping

import pytest
from packaging.version import Version

from hub_core.catalog import FoundModule, Reason
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog, found

CONTRACT = Version("1.0")


def resolution(
    *modules: FoundModule,
    libraries: Mapping[str, str] | None = None,
    recorded: Mapping[str, str] | None = None,
    wanted: Collection[str] | None = None,
    unwanted: Collection[str] = (),
    programs: Mapping[str, str | None] | None = None,
) -> Resolution:
    return resolve(
        catalog(*modules, libraries=libraries, programs=programs),
        contract=CONTRACT,
        recorded=recorded or {},
        wanted=wanted,
        unwanted=unwanted,
        areas=("shop_floor",),
    )


def codes(result: Resolution) -> dict[str, list[str]]:
    return {name: [reason.code for reason in reasons] for name, reasons in result.reasons.items()}


def test_modules_load_after_what_they_require() -> None:
    result = resolution(found("a", "mod-b>=1"), found("b", "Mod_C"), found("c", "hub-hookspecs>=1,<2"))
    assert result.order == ("c", "b", "a")
    assert list(result.modules) == ["c", "b", "a"]
    assert result.requires == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert result.reasons == {}


def test_after_orders_without_requiring() -> None:
    result = resolution(found("a", manifest='after = ["b", "nowhere"]'), found("b"), found("c"))
    assert result.order == ("b", "c", "a")
    assert result.requires["a"] == set()


def test_a_missing_requirement_is_named_with_how_to_install_it() -> None:
    result = resolution(found("a", "hub-module-x<2,>=1.2"))
    assert result.reasons["a"] == (
        Reason(
            code="missing_requirement",
            text="needs hub-module-x>=1.2,<2 (Requires-Dist of mod-a 1.0), which is not installed",
            remedy="pip install 'hub-module-x>=1.2,<2'",
            clause="hub-module-x>=1.2,<2 of mod-a",
        ),
    )
    assert result.order == ()


@pytest.mark.parametrize(("version", "runs"), [("1.0", False), ("1.2", True), ("1.3rc1", True), ("2.0", False)])
def test_a_requirement_holds_for_versions_in_its_range(version: str, runs: bool) -> None:
    result = resolution(found("a", "mod-b>=1.2,<2"), found("b", version=version))
    assert ("a" in result.order) is runs
    if not runs:
        assert result.reasons["a"][0].text == (
            f"needs mod-b>=1.2,<2 (Requires-Dist of mod-a 1.0), but {version} is installed"
        )


def test_libraries_are_judged_like_modules() -> None:
    result = resolution(
        found("a", "Some.Library>=2"), found("b", "some_library"), found("c", "odd"), found("d", "odd>1"),
        libraries={"some-library": "1.0", "odd": "not-a-version!"},
    )  # fmt: skip
    assert codes(result) == {"a": ["version_mismatch"], "d": ["version_mismatch"]}


def test_a_requirement_under_a_marker_or_extra_that_does_not_hold_is_none() -> None:
    result = resolution(found("a", 'x; python_version < "3"', 'y; extra == "z"', 'hub-hookspecs; python_version > "3"'))
    assert result.order == ("a",)


def test_a_module_for_another_contract_says_which() -> None:
    result = resolution(found("a", "hub-hookspecs>=2,<3"))
    assert result.reasons["a"] == (
        Reason(
            code="contract_mismatch",
            text="needs hook contract >=2,<3 (Requires-Dist of mod-a 1.0); this hub speaks 1.0",
            remedy="pip install --upgrade hub-core",
            clause="hub-hookspecs>=2,<3 of mod-a",
        ),
    )


def test_what_blocks_a_module_blocks_all_that_require_it() -> None:
    result = resolution(found("a", "mod-b"), found("b", "mod-c"), found("c", "nowhere"), found("d"))
    assert codes(result) == {
        "a": ["requirement_blocked"],
        "b": ["requirement_blocked"],
        "c": ["missing_requirement"],
    }
    nowhere = "c needs nowhere (Requires-Dist of mod-c 1.0), which is not installed"
    assert result.reasons["b"][0].text == f"needs c, which is blocked: {nowhere}"
    assert result.reasons["a"][0].text == f"needs b → c, which is blocked: {nowhere}"
    assert result.reasons["a"][0].remedy == "pip install 'nowhere'"
    assert result.order == ("d",)


def test_all_reasons_of_a_module_are_gathered() -> None:
    result = resolution(
        found("a", "nowhere", "mod-b>=2", "hub-hookspecs>=9", fault="manifest_invalid"), found("b", "gone")
    )
    assert codes(result)["a"] == [
        "manifest_invalid",
        "missing_requirement",
        "version_mismatch",
        "contract_mismatch",
        "requirement_blocked",
    ]


def test_every_module_of_a_circle_is_refused_with_the_circle_and_the_rest_load() -> None:
    result = resolution(found("a", "mod-b"), found("b", "mod-c"), found("c", "mod-a"), found("d", "mod-a"), found("e"))
    assert result.order == ("e",)
    for name in "abc":
        (reason,) = result.reasons[name]
        assert (reason.code, reason.text) == ("requirement_cycle", "modules require each other: a → b → c → a")
    assert codes(result)["d"] == ["requirement_blocked"]


def test_two_distributions_that_claim_one_name_are_both_refused() -> None:
    result = resolution(found("a", distribution="zeta"), found("a", distribution="acme"), found("b", "acme"))
    reason = Reason(
        code="name_clash",
        text="zeta and acme claim the name a, and none of them was installed in this hub before",
        remedy="Uninstall all but one: pip uninstall zeta or pip uninstall acme",
    )
    assert result.reasons["a"] == (reason,)
    assert result.refused == {"zeta": (reason,), "acme": (reason,)}
    assert result.order == ()
    assert result.reasons["b"][0].text == (
        "needs acme (Requires-Dist of mod-b 1.0), which is refused: "
        "zeta and acme claim the name a, and none of them was installed in this hub before"
    )


@pytest.mark.parametrize("order", [("zeta", "acme"), ("acme", "zeta")])
def test_of_two_that_claim_one_name_the_recorded_one_runs(order: tuple[str, str]) -> None:
    modules = [found("a", distribution=distribution) for distribution in order]
    result = resolution(*modules, found("b", "acme"), found("c", "zeta"), recorded={"a": "zeta"})
    assert result.modules["a"].distribution == "zeta"
    assert result.order == ("a", "c")
    (reason,) = result.refused["acme"]
    assert (reason.text, reason.remedy) == (
        "the name a is recorded for zeta; acme claims it too",
        "pip uninstall acme",
    )
    by_distribution = {module.distribution: module for module in modules}
    assert result.reasons_of(by_distribution["acme"]) == (reason,)
    assert result.reasons_of(by_distribution["zeta"]) == ()
    assert codes(result) == {"b": ["requirement_blocked"]}


def test_another_distribution_does_not_inherit_a_recorded_name() -> None:
    result = resolution(found("a", distribution="acme"), recorded={"a": "zeta"})
    assert codes(result) == {"a": ["name_clash"]}


def test_one_distribution_that_claims_a_name_twice_is_no_clash_but_its_own_fault() -> None:
    twice = found("a", distribution="acme", fault="several_modules")
    for recorded in ({}, {"a": "acme"}):
        assert codes(resolution(twice, twice, recorded=recorded)) == {"a": ["several_modules"]}


SALES = 'table_prefix = "sales_"'


def test_two_modules_with_one_table_prefix_are_both_refused_and_named() -> None:
    result = resolution(found("crm", manifest=SALES), found("sales"), found("till", "mod-crm"), found("notes"))
    reason = Reason(
        code="table_prefix_clash",
        text="crm (mod-crm) and sales (mod-sales) claim the table prefix sales_, and none of them was installed in this hub before",
        remedy="Give each a table_prefix of its own in hub-module.toml, or uninstall all but one: "
        "pip uninstall mod-crm or pip uninstall mod-sales",
    )
    assert (result.reasons["crm"], result.reasons["sales"]) == ((reason,), (reason,))
    assert codes(result)["till"] == ["requirement_blocked"]
    assert result.order == ("notes",)


def test_of_two_modules_with_one_table_prefix_the_recorded_one_runs() -> None:
    result = resolution(found("crm", manifest=SALES), found("sales"), recorded={"sales": "mod-sales"})
    assert result.order == ("sales",)
    assert result.reasons == {
        "crm": (
            Reason(
                code="table_prefix_clash",
                text="crm (mod-crm) and sales (mod-sales) claim the table prefix sales_; sales is recorded and keeps it",
                remedy="Give each a table_prefix of its own in hub-module.toml, or uninstall it: pip uninstall mod-crm",
            ),
        )
    }


def test_recorded_modules_that_come_to_have_one_table_prefix_are_all_refused() -> None:
    modules = [found("crm", manifest=SALES), found("sales"), found("till", manifest=SALES)]
    result = resolution(*modules, recorded={"crm": "mod-crm", "sales": "mod-sales"})
    assert codes(result) == {
        "crm": ["table_prefix_clash"],
        "sales": ["table_prefix_clash"],
        "till": ["table_prefix_clash"],
    }
    assert result.reasons["crm"][0].text.endswith("claim the table prefix sales_, and several of them are recorded")


def test_a_longer_table_prefix_is_no_clash() -> None:
    result = resolution(found("sales"), found("tax", manifest='table_prefix = "sales_tax_"'))
    assert result.order == ("sales", "tax")


def test_a_refused_distribution_takes_no_table_prefix() -> None:
    claimant = found("a", distribution="acme", manifest=SALES)
    result = resolution(claimant, found("a", distribution="zeta"), found("sales"), recorded={"a": "zeta"})
    assert result.order == ("a", "sales")


PUBLISHER = found("pay", manifest='[extension_points]\npay_gateways = "1.4"')


@pytest.mark.parametrize(
    ("implements", "code", "text"),
    [
        ('pay_gateways = ">=1.0,<2"', None, ""),
        (
            'pay_gateways = ">=2"',
            "extension_point_version",
            "implements pay_gateways >=2 ([implements] of mod-acme 1.0); pay (mod-pay) publishes 1.4",
        ),
        (
            'pay_gateway = ">=1"',
            "extension_point_missing",
            'implements pay_gateway ([implements] of mod-acme 1.0), which no module publishes; did you mean "pay_gateways"?',
        ),
    ],
)
def test_an_implementation_runs_behind_a_publisher_of_its_version(implements: str, code: str | None, text: str) -> None:
    result = resolution(found("acme", manifest=f"[implements]\n{implements}"), PUBLISHER)
    if code is None:
        assert result.order == ("pay", "acme")
        assert result.requires["acme"] == {"pay"}
    else:
        (reason,) = result.reasons["acme"]
        assert (reason.code, reason.text) == (code, text)


def test_a_module_may_implement_its_own_point() -> None:
    manifest = '[extension_points]\npay_gateways = "1.0"\n[implements]\npay_gateways = ">=1.0"'
    assert resolution(found("pay", manifest=manifest)).order == ("pay",)


def test_a_module_that_requires_itself_under_an_extra_runs() -> None:
    assert resolution(found("a", "mod-a[more]")).order == ("a",)
