"""Several modules may wrap one route when load order says who is outermost; else they are refused before any import."""

from packaging.version import Version

from hub_core.catalog import FoundModule
from hub_core.resolution import Resolution, resolve
from hub_core.tests.found_modules import catalog, found

WRAPS = '[[overrides]]\nroute = "shop:show_item"\n'


def wrapper(name: str, *requires: str, after: str = "") -> FoundModule:
    return found(name, "mod-shop", *requires, manifest=f"after = [{after}]\n{WRAPS}")


def resolved(*modules: FoundModule, recorded: tuple[str, ...] = (), wanted: set[str] | None = None) -> Resolution:
    rows = {name: f"mod-{name}" for name in recorded}
    return resolve(catalog(found("shop"), *modules), contract=Version("1.1"), recorded=rows, wanted=wanted)


def codes(resolution: Resolution) -> dict[str, list[str]]:
    return {name: [reason.code for reason in reasons] for name, reasons in resolution.reasons.items()}


def test_two_wrappers_of_one_route_without_an_order_do_not_run_and_the_route_does() -> None:
    answer = resolved(wrapper("frame"), wrapper("label"))
    assert codes(answer) == {"frame": ["override_order_ambiguous"], "label": ["override_order_ambiguous"]}
    assert answer.order == ("shop",)
    assert answer.reasons["label"][0].text == (
        "wraps shop:show_item, which frame (mod-frame) wraps too, and neither is ordered behind the other"
    )
    assert answer.reasons["label"][0].remedy == (
        'Add after = ["frame"] to label\'s hub-module.toml, so that label is outermost, or disable one of them'
    )


def test_a_wish_or_a_requirement_is_an_order_also_by_way_of_others() -> None:
    assert resolved(wrapper("frame"), wrapper("label", after='"frame"')).order == ("shop", "frame", "label")
    assert resolved(wrapper("frame", "mod-label"), wrapper("label")).order == ("shop", "label", "frame")
    between = found("between", "mod-label")
    assert resolved(wrapper("frame", "mod-between"), between, wrapper("label")).order[-1] == "frame"


def test_of_three_each_pair_needs_an_order() -> None:
    answer = resolved(wrapper("a"), wrapper("b", after='"a"'), wrapper("c", after='"a"'))
    assert set(codes(answer)) == {"b", "c"}
    assert answer.order == ("shop", "a")


def test_who_is_recorded_goes_on_and_the_newcomer_is_refused() -> None:
    answer = resolved(wrapper("frame"), wrapper("label"), recorded=("shop", "frame"))
    assert set(codes(answer)) == {"label"}


def test_a_wrapper_nobody_wants_is_in_nobodys_way() -> None:
    answer = resolved(wrapper("frame"), wrapper("label"), wanted={"shop", "frame"})
    assert set(codes(answer)) == {"label"}, "it is judged as if it were to join"
    assert answer.order == ("shop", "frame")
    assert codes(resolved(wrapper("frame"), wrapper("label"), wanted={"shop"})) == {}


def test_a_wish_that_would_close_a_circle_is_no_order() -> None:
    answer = resolved(wrapper("frame", after='"label"'), wrapper("label", after='"frame"'))
    assert codes(answer) == {}, "one of both wishes holds"
    assert answer.order == ("shop", "label", "frame")


def test_wrappers_of_different_routes_and_extensions_of_one_model_need_no_order() -> None:
    other = found("other", "mod-shop", manifest=WRAPS.replace("show_item", "list_items"))
    fields = '[[extends]]\nmodel = "shop.Item"\nfields = ["a"]\n'
    extenders = [found(name, "mod-shop", manifest=fields) for name in ("one", "two")]
    assert codes(resolved(wrapper("frame"), other, *extenders)) == {}


def test_a_module_that_cannot_run_anyway_is_in_nobodys_way() -> None:
    answer = resolved(wrapper("frame"), wrapper("label", "mod-nowhere"))
    assert codes(answer) == {"label": ["missing_requirement"]}


def test_what_it_changes_it_has_to_require() -> None:
    fields = '[[extends]]\nmodel = "shop.Item"\nfields = ["a"]\n'
    answer = resolved(
        found("label", manifest=fields + WRAPS), found("typo", "mod-shop", manifest=WRAPS.replace("shop", "shob"))
    )
    assert codes(answer) == {"label": ["target_not_required"], "typo": ["target_not_required"]}
    assert answer.reasons["label"][0].text == (
        "extends shop.Item and wraps shop:show_item, and mod-label 1.0 does not require shop"
    )
    assert answer.reasons["typo"][0].text.endswith('does not require shob; did you mean "shop"?')


def test_a_target_whose_distribution_is_missing_is_told_once() -> None:
    answer = resolve(catalog(wrapper("label")), contract=Version("1.1"))
    assert codes(answer) == {"label": ["missing_requirement"]}
