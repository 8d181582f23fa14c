"""The rules of the resolution, one by one: closures, extras, tiers, glue, points, pre-releases, clashes."""

from collections.abc import Mapping

import pytest
from packaging.version import Version

from hub_core.catalog import FoundDistribution, FoundModule
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog, found


def resolution(
    *modules: FoundModule,
    libraries: Mapping[str, str | FoundDistribution] | None = None,
    recorded: Mapping[str, str] | None = None,
    wanted: set[str] | None = None,
    unwanted: set[str] | None = None,
) -> Resolution:
    on_disk = catalog(*modules, libraries=libraries)
    return resolve(on_disk, contract=Version("1.0"), recorded=recorded or {}, wanted=wanted, unwanted=unwanted or set())


def codes(result: Resolution) -> dict[str, list[str]]:
    return {name: [reason.code for reason in reasons] for name, reasons in result.reasons.items()}


def texts(result: Resolution, name: str) -> list[str]:
    return [reason.text for reason in result.reasons[name]]


def library(version: str, *requires: str, python: str = "") -> FoundDistribution:
    return FoundDistribution(version=version, requires=requires, requires_python=python)


def test_what_a_library_needs_in_turn_is_told_with_the_way_there() -> None:
    libraries = {"http": library("1.0", "core>=1"), "core": library("1.1", "h11>=0.14"), "h11": library("0.13")}
    result = resolution(found("a", "http"), libraries=libraries)
    assert texts(result, "a") == [
        "needs h11>=0.14 (Requires-Dist of core 1.1, which it needs through http), but 0.13 is installed"
    ]
    assert result.reasons["a"][0].remedy == "pip install 'h11>=0.14'"


def test_libraries_may_require_each_other() -> None:
    libraries = {"x": library("1", "y"), "y": library("1", "x", "x>=1")}
    assert resolution(found("a", "x"), libraries=libraries).order == ("a",)


def test_an_extra_that_is_asked_for_brings_the_requirements_under_it() -> None:
    http = library("1.0", 'socks>=1; extra == "socks"', 'h2; extra == "http2"')
    result = resolution(found("a", "http[socks]"), found("b", "http"), libraries={"http": http})
    assert result.order == ("b",)
    assert texts(result, "a") == ["needs socks>=1 (Requires-Dist of http 1.0, which it needs), which is not installed"]


def test_an_extra_of_a_module_that_is_asked_for_is_a_requirement_of_who_asks() -> None:
    shop = found("shop", 'mod-notes>=1; extra == "notes"')
    result = resolution(found("a", "mod-shop[notes]"), shop, found("notes"))
    assert result.requires["a"] == {"shop", "notes"}
    assert result.requires["shop"] == set()
    assert codes(resolution(found("a", "mod-shop[notes]"), shop)) == {"a": ["missing_requirement"]}


def test_a_library_that_requires_a_module_leads_to_it() -> None:
    result = resolution(found("a", "plugin"), found("b"), libraries={"plugin": library("1", "mod-b>=1")})
    assert result.requires["a"] == {"b"}


def test_a_library_for_another_contract_or_python_is_told() -> None:
    libraries = {"plugin": library("1", "hub-hookspecs>=2"), "modern": library("3", python=">=3.99")}
    result = resolution(found("a", "plugin", "modern"), libraries=libraries)
    assert codes(result) == {"a": ["contract_mismatch", "python_mismatch"]}
    assert texts(result, "a")[0].startswith("needs hook contract >=2 (Requires-Dist of plugin 1, which it needs);")
    assert texts(result, "a")[1].startswith(
        "needs modern 3, and that needs Python >=3.99 (Requires-Python of modern 3)"
    )


def test_a_requirement_of_a_library_that_nobody_can_read_is_a_finding() -> None:
    result = resolution(found("a", "odd"), libraries={"odd": library("1", "x >> 1", "y; nonsense == 'x'")})
    assert (result.order, [finding.code for finding in result.findings]) == (("a",), ["requirement_unreadable"])


def test_a_requirement_by_url_is_reported_and_has_no_range() -> None:
    result = resolution(found("a", "mod-b @ https://example.com/b.whl"), found("b", version="9"))
    assert (result.order, [finding.code for finding in result.findings]) == (("b", "a"), ["direct_url"])


@pytest.mark.parametrize(
    ("wanted", "installed", "runs"),
    [
        (">=1.0", "1.1rc1", True),  # somebody installed the pre-release on purpose
        (">=1.1", "1.1rc1", False),  # and it is before its release
        (">=1.0,<2", "2.0a1", False),  # an upper bound keeps its pre-releases out
        ("==1.0", "1.0+ubuntu1", True),  # a local version is its public one
        (">=1.0", "1.0.post1", True),
        ("<2", "1!1.0", False),  # an epoch is later than all without
        (">=2", "1!1.0", True),
        ("===1.0", "1.0", True),
        ("~=1.4.2", "1.4.9.dev3", True),
        ("!=1.*", "1.5", False),
    ],
)
def test_versions_out_of_the_ordinary_follow_the_policy(wanted: str, installed: str, runs: bool) -> None:
    module = resolution(found("a", f"mod-b{wanted}"), found("b", version=installed))
    distribution = resolution(found("a", f"lib{wanted}"), libraries={"lib": installed})
    assert ("a" in module.order, "a" in distribution.order) == (runs, runs)


def test_the_command_brings_a_version_that_suits_all_who_ask() -> None:
    modules = found("a", "lib>=2"), found("b", "lib>=1,<3"), found("c", "lib!=2.1", "lib<=4")
    result = resolution(*modules, libraries={"lib": "1.5"})
    assert codes(result) == {"a": ["version_mismatch"]}
    assert result.reasons["a"][0].remedy == "pip install 'lib>=2,!=2.1,<3'"


def test_a_library_the_hub_needs_is_a_party_to_a_conflict() -> None:
    libraries = {"sqlalchemy": library("2.1.9"), "hub-core": library("0.1.0", "sqlalchemy>=2.1,<2.2")}
    result = resolution(found("a", "sqlalchemy<2"), libraries=libraries)
    (text,) = texts(result, "a")
    assert text == (
        "needs sqlalchemy<2 (Requires-Dist of mod-a 1.0), but 2.1.9 is installed, "
        "and hub-core 0.1.0 needs sqlalchemy>=2.1,<2.2; no version suits both"
    )


def test_two_modules_that_need_different_cores_name_each_other() -> None:
    result = resolution(found("a", "hub-core>=2"), found("b", "hub-core<2"), libraries={"hub-core": "1.0"})
    (reason,) = result.reasons["a"]
    assert reason.code == "version_conflict"
    assert "hub-core>=2" in reason.text
    assert "mod-b 1.0 needs hub-core<2" in reason.text
    assert result.order == ("b",)


def test_what_stands_under_an_extra_orders_and_constrains_and_never_requires() -> None:
    soft = found("a", 'mod-b>=2; extra == "b"')
    assert resolution(soft).order == ("a",)
    after = resolution(soft, found("b", version="2.0"))
    assert after.order == ("b", "a")
    assert (after.requires["a"], after.follows["a"]) == (frozenset(), frozenset({"b"}))
    assert codes(resolution(soft, found("b"))) == {"a": ["optional_mismatch"]}
    assert codes(resolution(soft, found("b"), wanted={"a"})) == {}


def test_soft_order_against_a_requirement_is_left_out() -> None:
    result = resolution(found("a", 'mod-b; extra == "b"'), found("b", "mod-a"))
    assert (result.order, result.reasons) == (("a", "b"), {})


def test_a_core_module_may_need_core_and_internal_ones_and_no_optional_one_behind_them() -> None:
    core, internal = 'tier = "core"', 'tier = "internal"'
    fine = resolution(
        found("a", "mod-b", "mod-c", manifest=core), found("b", manifest=core), found("c", manifest=internal)
    )
    assert fine.order == ("b", "c", "a")
    behind = resolution(found("a", "mod-c", manifest=core), found("c", "mod-d", manifest=internal), found("d"))
    assert codes(behind) == {"a": ["tier_mismatch"]}
    assert texts(behind, "a") == ["is of tier core and needs d by way of c, which is of tier optional"]


def test_a_program_that_is_there_lets_the_module_run() -> None:
    needs = found("a", manifest='binaries = ["pandoc"]')
    answer = resolve(catalog(needs, programs={"pandoc": "/bin/pandoc"}), contract=Version("1.0"))
    assert answer.order == ("a",)


def test_every_circle_a_module_stands_in_is_told() -> None:
    result = resolution(found("a", "mod-b", "mod-c"), found("b", "mod-a"), found("c", "mod-a"), found("d", "mod-b"))
    assert texts(result, "a") == ["modules require each other: a → b → a", "modules require each other: a → c → a"]
    assert texts(result, "b") == ["modules require each other: a → b → a"]
    assert texts(result, "d") == ["needs b, which is blocked: modules require each other: a → b → a"]


def test_a_module_in_a_circle_with_a_fault_of_its_own_tells_both() -> None:
    result = resolution(found("a", "mod-b", "nowhere"), found("b", "mod-a"))
    assert codes(result) == {"a": ["missing_requirement", "requirement_cycle"], "b": ["requirement_cycle"]}


def test_all_roots_of_what_blocks_are_told_once_each_by_the_shortest_way() -> None:
    result = resolution(
        found("a", "mod-b", "mod-c"), found("b", "mod-d"), found("c", "mod-d", "gone"), found("d", "nowhere", "never")
    )
    assert texts(result, "a") == [
        "needs c, which is blocked: c needs gone (Requires-Dist of mod-c 1.0), which is not installed",
        "needs b → d, which is blocked: d needs nowhere (Requires-Dist of mod-d 1.0), which is not installed",
        "needs b → d, which is blocked: d needs never (Requires-Dist of mod-d 1.0), which is not installed",
    ]


def test_of_two_that_clash_the_recorded_one_runs() -> None:
    point = '[extension_points]\nsales_tax_rates = "1.0"'
    one, other = found("sales", manifest=point), found("sales_tax", manifest=point)
    user = found("shop", manifest='[implements]\nsales_tax_rates = ">=1"')
    result = resolution(one, other, user, recorded={"sales_tax": "mod-sales-tax"})
    assert codes(result) == {"sales": ["extension_point_clash"]}
    assert result.requires["shop"] == {"sales_tax"}
    same = found("crm", revisions=("0001",)), found("till", revisions=("0001",))
    assert codes(resolution(*same, recorded={"till": "mod-till"})) == {"crm": ["revision_clash"]}


def test_a_publisher_that_was_removed_and_is_required_is_one_reason() -> None:
    gateway = found("acme", "mod-payments>=1", manifest='[implements]\npayments_gateways = ">=1"')
    assert codes(resolution(gateway, recorded={"payments": "mod-payments"})) == {"acme": ["missing_requirement"]}
    alone = resolution(found("acme", manifest='[implements]\npay_gates = ">=1"'), recorded={"pay": "mod-pay"})
    assert [(reason.code, reason.remedy) for reason in alone.reasons["acme"]] == [
        ("extension_point_missing", "pip install mod-pay")
    ]


def test_a_requirement_on_a_refused_distribution_says_so() -> None:
    result = resolution(found("a", distribution="acme"), found("a", distribution="zeta"), found("b", "acme"))
    (text,) = texts(result, "b")
    assert text == (
        "needs acme (Requires-Dist of mod-b 1.0), which is refused: "
        "acme and zeta claim the name a, and none of them was installed in this hub before"
    )
    assert result.reasons["b"][0].remedy == "Uninstall all but one: pip uninstall acme or pip uninstall zeta"


def test_an_unreadable_library_is_installed_and_of_no_use() -> None:
    broken = FoundDistribution(version="1.0", fault="METADATA is not UTF-8")
    result = resolution(found("a", "odd>=1"), libraries={"odd": broken})
    assert codes(result) == {"a": ["requirement_unusable"]}
    assert texts(result, "a") == [
        "needs odd>=1 (Requires-Dist of mod-a 1.0), which is installed, but METADATA is not UTF-8"
    ]
    assert result.reasons["a"][0].remedy == "pip install --force-reinstall odd"


def test_three_ranges_that_only_together_suit_nobody_are_a_conflict() -> None:
    modules = found("m1", "lib>=2"), found("m2", "lib<=3"), found("m3", "lib!=2.*,!=3.*")
    assert codes(resolution(*modules, libraries={"lib": "1.0"})) == {"m1": ["version_conflict"]}


def test_what_is_asked_of_a_module_that_cannot_run_itself_counts_for_nothing() -> None:
    result = resolution(found("a", 'mod-b>=2; extra == "b"'), found("b", "nowhere"))
    assert codes(result) == {"b": ["missing_requirement"]}


def test_who_requires_a_module_that_cannot_run_beside_it_never_runs_and_the_other_does() -> None:
    result = resolution(found("a", 'mod-b>=2; extra == "b"'), found("b", "mod-a"))
    assert result.order == ("a",)
    (reason,) = result.reasons["b"]
    assert reason.text == (
        "needs a, which cannot run beside it: "
        "a needs mod-b>=2 (Requires-Dist of mod-a 1.0 under its extra b), but 1.0 runs beside it"
    )


def test_glue_with_a_name_it_does_not_require_is_told_and_never_appears() -> None:
    glue = found("glue", "mod-bees", manifest='auto_install = ["bee"]')
    result = resolution(found("bees"), glue, wanted={"bees"})
    assert codes(result) == {"glue": ["glue_invalid"]}
    assert texts(result, "glue")[0].endswith('does not require; did you mean "bees"?')
    assert result.wanted == {"bees"}


def test_glue_of_which_a_part_is_not_installed_does_not_appear() -> None:
    glue = found("glue", "mod-a", "mod-gone", manifest="auto_install = true")
    result = resolution(found("a"), glue, wanted={"a"})
    assert result.wanted == {"a"}
    named = found("glue", "mod-a", "mod-gone", manifest='auto_install = ["gone"]')
    assert codes(resolution(found("a"), named)) == {"glue": ["missing_requirement"]}


@pytest.mark.parametrize("text", ["x; python_version ~= 'about three'", "x; extra > 'a' and extra < 3"])
def test_a_marker_without_meaning_never_ends_the_resolution(text: str) -> None:
    result = resolution(found("a", text), found("b"))
    assert "b" in result.order
    assert codes(result) in ({}, {"a": ["metadata_invalid"]})
