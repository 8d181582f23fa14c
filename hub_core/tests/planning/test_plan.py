"""A plan leads from recorded to desired state, step by step, and says what each step brings about."""

from dataclasses import replace

from hub_core.catalog import Revision
from hub_core.planning import Desired, DesiredModule, ModuleState, Plan
from hub_core.tests.found_modules import found
from hub_core.tests.planning.situations import carried_out, planned, record, recorded, wished


def texts(result: Plan) -> list[str]:
    return [step.text for step in result.steps]


def codes(result: Plan) -> dict[str, list[str]]:
    return {name: [reason.code for reason in reasons] for name, reasons in result.blocked.items()}


def test_new_modules_are_migrated_installed_and_enabled_in_load_order() -> None:
    modules = (found("a", "mod-b", revisions=("a_1", "a_2")), found("b"), found("c"))
    result = planned(*modules, desired=wished("a", "b"))
    assert texts(result) == [
        "install b 1.0",
        "enable b",
        "migrate a from nothing to a_2",
        "install a 1.0",
        "enable a",
    ]
    assert [step.kind for step in result.steps] == ["install", "enable", "migrate", "install", "enable"]
    assert result.steps[0].as_json() == {"kind": "install", "module": "b", "text": "install b 1.0", "impact": []}
    assert result.available == ("c",)


def test_each_step_says_what_it_brings_about() -> None:
    manifest = """
[[permissions]]
name = "a.thing.read"
title = "See things"
[[menus]]
label = "Things"
path = "/a/things"
[extension_points]
a_exports = "1.2"
"""
    result = planned(found("a", manifest=manifest, revisions=("a_1", "a_2")), desired=wished("a"))
    assert {step.kind: step.impact for step in result.steps} == {
        "migrate": ("runs a_1 and a_2 on tables a_…, whole or not at all",),
        "install": ("brings 1 permission, 1 menu entry and the extension point a_exports 1.2",),
        "enable": ("answers under /api/v1/a and /a",),
    }
    leaving = planned(
        found("a"), found("b", "mod-a"), before=recorded(record("a"), record("b")), desired=wished(disabled=("a",))
    )
    assert [(step.text, step.impact) for step in leaving.steps] == [
        ("disable a", ("/api/v1/a and /a answer 404", "its data is kept", "b cannot run without it"))
    ]


def test_a_migration_names_what_is_pending_of_branches_that_were_merged() -> None:
    one, two, three, four = (
        Revision(path=found("a").folder / f"{name}.py", id=name, follows=follows)
        for name, follows in (("r1", ()), ("r2", ("r1",)), ("r3", ("r1",)), ("r4", ("r2", "r3")))
    )
    merged = replace(found("a"), revisions=(four, three, two, one))
    (step,) = planned(merged, before=recorded(record("a", revision="r2"))).steps
    assert step.impact == ("runs r3 and r4 on tables a_…, whole or not at all",)


def test_a_module_nobody_named_stays_as_it_is() -> None:
    before = recorded(record("a"), record("b", ModuleState.DISABLED))
    assert planned(found("a"), found("b"), found("c"), before=before) == Plan(available=("c",))


def test_a_new_release_is_migrated_and_upgraded() -> None:
    newer = found("a", version="1.1", revisions=("r1", "r2"))
    result = planned(newer, before=recorded(record("a", version="1.0", revision="r1")))
    assert texts(result) == ["migrate a from r1 to r2", "upgrade a from 1.0 to 1.1"]


def test_changed_files_of_one_version_are_recorded_and_told() -> None:
    result = planned(found("a"), before={"a": replace(record("a"), hash="another")})
    assert texts(result) == ["record the files of a 1.0 anew"]
    assert result.drift == ("a: its files changed since version 1.0 was recorded",)


def test_edited_files_of_an_editable_install_are_no_drift() -> None:
    edited = replace(found("a"), hash="another", editable=True)
    assert planned(edited, before={"a": record("a")}) == Plan()


def test_what_is_enabled_and_not_wanted_is_disabled_those_that_require_others_first() -> None:
    before = recorded(record("a"), record("b"), record("gone"))
    result = planned(
        found("a"),
        found("b", "mod-a"),
        found("never"),
        before=before,
        desired=wished(disabled=("a", "b", "gone", "never")),
    )
    assert texts(result) == ["disable b", "disable a", "disable gone"]
    assert result.blocked == {}


def test_a_module_whose_requirement_is_not_enabled_is_blocked_and_keeps_its_record() -> None:
    modules = (found("a"), found("b", "mod-a"), found("c", "mod-b"))
    result = planned(*modules, before=recorded(record("b")), desired=wished("b", "c"))
    assert result.steps == ()
    assert codes(result) == {"b": ["requirement_disabled"], "c": ["requirement_blocked"]}
    assert result.blocked["c"][0].text == "needs b, which is blocked: b needs a, which is not enabled"
    assert result.blocked["c"][0].remedy == "Set enabled = true under [modules.a] in hub.toml, then run hub up"


def test_a_version_outside_the_wanted_range_is_blocked() -> None:
    (reason,) = planned(found("a"), desired=wished("a", version="<3,>=2")).blocked["a"]
    assert (reason.code, reason.text, reason.remedy) == (
        "version_unwanted",
        "is wanted in versions >=2,<3 ([modules.a] in hub.toml), but 1.0 is installed",
        "pip install 'mod-a>=2,<3', or change the range in hub.toml",
    )


def test_reasons_of_metadata_wishes_and_database_are_all_told() -> None:
    result = planned(
        found("a", "nowhere", "mod-b", revisions=("r1",)),
        found("b"),
        before=recorded(record("a", version="2.0", revision="r2")),
        desired=wished("a", version=">=2"),
    )
    assert codes(result) == {
        "a": ["missing_requirement", "version_unwanted", "schema_newer", "requirement_disabled"],
    }


def test_older_code_than_the_tables_is_blocked_and_older_code_with_the_same_tables_is_not() -> None:
    before = recorded(record("a", version="2.0", revision="r2"))
    older = planned(found("a", revisions=("r1",)), before=before)
    (reason,) = older.blocked["a"]
    assert (reason.code, reason.text, reason.remedy) == (
        "schema_newer",
        "its tables are at r2, as version 2.0 left them, and the 1.0 on disk has no such revision",
        "pip install 'mod-a==2.0'",
    )
    same = planned(found("a", revisions=("r1", "r2")), before=before)
    assert texts(same) == ["downgrade a from 2.0 to 1.0"]
    assert codes(planned(found("a"), before=before)) == {"a": ["schema_newer"]}, "the older one came without revisions"


def test_files_of_the_same_version_that_lost_a_revision_are_blocked() -> None:
    (reason,) = planned(found("a", revisions=("r1",)), before=recorded(record("a", revision="r2"))).blocked["a"]
    assert (reason.code, reason.remedy) == ("schema_newer", "Bring the revision file of r2 back")


def test_what_is_wanted_and_not_installed_says_so() -> None:
    result = planned(before=recorded(record("b", revision="r1"), record("c")), desired=wished("a"))
    assert {name: (reason.text, reason.remedy) for name, (reason,) in result.blocked.items()} == {
        "a": (
            "a is wanted, but no distribution with that module is installed",
            "Install the distribution of a, or take a out of hub.toml",
        ),
        "b": (
            "mod-b is recorded, but not installed in this environment; its data is kept",
            "pip install 'mod-b==1.0'",
        ),
        "c": (
            "mod-c is recorded, but not installed in this environment; it has no tables, and no data is kept",
            "pip install 'mod-c==1.0'; or let the hub forget it: hub uninstall c --purge",
        ),
    }
    assert result.drift == tuple(f"{name}: recorded, but not installed in this environment" for name in "bc")


def test_a_wanted_name_that_two_distributions_claim_is_blocked() -> None:
    result = planned(found("a", distribution="acme"), found("a", distribution="zeta"), desired=wished("a"))
    assert codes(result) == {"a": ["name_clash"]}


def test_a_migration_that_was_done_before_a_crash_is_not_planned_again() -> None:
    before = recorded(record("a", ModuleState.ABSENT, revision="r1"))
    result = planned(found("a", revisions=("r1",)), before=before, desired=wished("a"))
    assert texts(result) == ["install a 1.0", "enable a"]


GLUE = found("a_b", "mod-a", "mod-b", manifest="auto_install = true")


def test_glue_comes_with_what_it_joins_and_leaves_with_it() -> None:
    modules = (found("a"), found("b"), GLUE)
    assert planned(*modules, desired=wished("a")).available == ("b", "a_b")
    coming = planned(*modules, desired=wished("a", "b"))
    assert texts(coming)[-2:] == ["install a_b 1.0", "enable a_b"]
    assert coming.steps[-1].impact == ("joins a and b as glue", "answers under /api/v1/a_b and /a_b")
    before = recorded(record("a"), record("b"), record("a_b"))
    leaving = planned(*modules, before=before, desired=wished(disabled=("a",)))
    assert texts(leaving) == ["disable a_b", "disable a"]
    assert leaving.blocked == {}


def test_glue_that_left_with_what_it_joins_comes_back_with_it() -> None:
    before = recorded(record("a"), record("b", ModuleState.DISABLED), record("a_b", ModuleState.DISABLED))
    result = planned(found("a"), found("b"), GLUE, before=before, desired=wished("a", "b"))
    assert texts(result) == ["enable b", "enable a_b"]


def test_who_needs_glue_is_told_what_makes_it_appear() -> None:
    result = planned(found("a"), found("b"), GLUE, found("user", "mod-a-b"), desired=wished("a", "user"))
    (reason,) = result.blocked["user"]
    assert (reason.text, reason.remedy) == (
        "needs a_b, which is not enabled: it appears when b is",
        "Set enabled = true under [modules.b] in hub.toml, then run hub up",
    )


def test_what_leaves_is_disabled_before_what_it_requires_also_when_it_is_blocked() -> None:
    modules = (found("base"), found("child", "mod-base", "gone"))
    before = recorded(record("base"), record("child"))
    assert texts(planned(*modules, before=before, desired=wished(disabled=("base", "child")))) == [
        "disable child",
        "disable base",
    ]


def test_glue_that_an_operator_disabled_stays_away() -> None:
    modules = (found("a"), found("b"), GLUE)
    assert texts(planned(*modules, before=recorded(record("a"), record("b")), desired=wished(disabled=("a_b",)))) == []


def test_glue_brings_no_module_back_that_was_disabled() -> None:
    glue = found("a_b", "mod-a", "mod-b", manifest='auto_install = ["a"]')
    before = recorded(record("a"), record("b", ModuleState.DISABLED))
    assert planned(found("a"), found("b"), glue, before=before).steps == ()


def test_glue_with_a_named_trigger_brings_the_rest_of_what_it_requires() -> None:
    glue = found("a_b", "mod-a", "mod-b", manifest='auto_install = ["a"]')
    result = planned(found("a"), found("b"), glue, before=recorded(record("a")))
    assert texts(result) == ["install b 1.0", "enable b", "install a_b 1.0", "enable a_b"]


def test_what_a_module_asks_of_one_it_does_not_require_counts_while_that_one_is_enabled() -> None:
    modules = (found("a", 'mod-b>=2; extra == "b"'), found("b"))
    assert planned(*modules, desired=wished("a")).blocked == {}
    assert codes(planned(*modules, desired=wished("a", "b"))) == {"a": ["optional_mismatch"]}


def test_a_wish_for_glue_by_name_means_whenever_what_it_joins_is_there() -> None:
    desired = Desired(modules={"a": DesiredModule(), "b": DesiredModule(enabled=False), "a_b": DesiredModule()})
    result = planned(found("a"), found("b"), GLUE, desired=desired)
    assert texts(result) == ["install a 1.0", "enable a"]
    assert result.blocked == {}


def test_data_files_are_a_step_of_their_own_until_they_are_loaded() -> None:
    shop = found("shop", revisions=("a",), seed="one", demo="two")
    plain = planned(shop, desired=wished("shop"))
    assert [step.kind for step in plain.steps] == ["migrate", "install", "seed", "enable"]
    assert plain.steps[2].text == "load seed data of shop: 12 rows in 3 tables"
    with_demo = Desired(modules={"shop": DesiredModule(demo=True)})
    before = carried_out(plain.steps, {}, shop)
    then = planned(shop, before=before, desired=with_demo)
    assert [step.text for step in then.steps] == ["load demo data of shop: 1 row in 1 table"]
    after = carried_out(then.steps, before, shop)
    assert planned(shop, before=after, desired=with_demo).steps == ()
    assert planned(shop, before=after, desired=wished("shop")).steps == (), "demo data that is there stays"


def test_changed_data_files_are_loaded_again_and_files_that_left_are_not() -> None:
    before = carried_out(
        planned(found("shop", seed="one"), desired=wished("shop")).steps, {}, found("shop", seed="one")
    )
    changed = planned(found("shop", seed="two"), before=before, desired=wished("shop"))
    assert [step.kind for step in changed.steps] == ["seed"]
    assert "what people changed or deleted stays as they left it" in changed.steps[0].impact[0]
    assert planned(found("shop"), before=before, desired=wished("shop")).steps == ()
