"""What a module extends and wraps is held against its manifest, its tables and what is there; a fault fails that module alone."""

from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from hub_core.catalog import read_catalog
from hub_core.loading import Probed, probe_here
from hub_core.resolution import resolve
from hub_core.tests.extending_modules import SHOP, adding, extender, wrapper
from hub_core.tests.sample_hub import Sample
from hub_core.tests.sample_modules import SampleModules


def probed(samples: SampleModules, **modules: Sample) -> dict[str, Probed]:
    for name, sample in modules.items():
        samples.install(name, sample.files, manifest=sample.manifest, requires=sample.requires)
    catalog = read_catalog([str(samples.site)])
    return {each.module: each for each in probe_here(resolve(catalog, contract=Version("1.1")), ())}


def changed(sample: Sample, file: str = "", *pairs: tuple[str, str]) -> Sample:
    """The sample with other words in one file, or in its manifest."""
    text = sample.files[file] if file else sample.manifest
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    files = {**sample.files, file: text} if file else sample.files
    return Sample(files=files, manifest=sample.manifest if file else text, requires=sample.requires)


def test_a_module_that_keeps_the_rules_is_described_with_what_it_adds(samples: SampleModules) -> None:
    answers = probed(samples, shop=SHOP, stars=extender("stars"), label=wrapper(adding("label")))
    assert all(answer.is_well for answer in answers.values()), answers
    surface: Any = answers["label"].surface
    assert surface.adds == {"shop:show_item": "label.Adds"}
    assert '"label.Adds"' in surface.openapi.schemas


@pytest.mark.parametrize(
    ("file", "pair", "text"),
    [
        ("", ("shop.Item", "shop.Itme"), "hub-module.toml extends shop.Itme, hub_model_extensions gives shop.Item"),
        ("", ('"note"', '"notes"'), 'stars_item has no column for the field notes; did you mean "note"?'),
        ("__init__.py", ("key='item_id'", "key='id'"), "stars_item has no column for the key id"),
        ("__init__.py", ("key='item_id'", "key='stars'"), "stars_item.stars is not Uuid and unique"),
        ("__init__.py", ("model=Fields", "model=int"), "<class 'int'> is not a mapped class"),
        ("__init__.py", ("@hookimpl\n", ""), "hub-module.toml extends shop.Item, hub_model_extensions gives none"),
    ],
)
def test_an_extension_that_breaks_them_is_refused(
    samples: SampleModules, file: str, pair: tuple[str, str], text: str
) -> None:
    answers = probed(samples, shop=SHOP, stars=changed(extender("stars"), file, pair))
    assert (answers["stars"].phase, answers["shop"].is_well) == ("model extensions", True)
    assert text in answers["stars"].text


@pytest.mark.parametrize(("name", "meant"), [("Itme", '; did you mean "Item"?'), ("Closed", "; it has Item")])
def test_a_model_that_is_not_there_or_not_extensible_is_named(samples: SampleModules, name: str, meant: str) -> None:
    both = changed(extender("stars"), "", ("shop.Item", f"shop.{name}"))
    answers = probed(samples, shop=SHOP, stars=changed(both, "__init__.py", ("shop.Item", f"shop.{name}")))
    assert answers["stars"].phase == "model extensions"
    assert answers["stars"].text == f"LookupError: shop has no model {name} that may be extended{meant}"


def test_an_override_the_manifest_does_not_know_is_refused(samples: SampleModules) -> None:
    answers = probed(samples, shop=SHOP, label=changed(wrapper(adding("label")), "", ("show_item", "list_items")))
    assert answers["label"].text == (
        "ValueError: hub-module.toml overrides shop:list_items, hub_route_overrides gives shop:show_item"
    )
    assert answers["label"].phase == "route overrides"


def test_a_wrapper_that_cannot_wait_is_refused(samples: SampleModules) -> None:
    answers = probed(samples, shop=SHOP, label=wrapper("def wrap(request, call_next): ...\n"))
    assert answers["label"].text == "TypeError: what wraps shop:show_item is not an async function"


def test_an_extensible_model_has_an_id_that_is_never_given_twice(samples: SampleModules) -> None:
    numbered = changed(SHOP, "models/__init__.py", ("id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)\n        name", "id: Mapped[int] = mapped_column(primary_key=True)\n        name"))  # fmt: skip
    answers = probed(samples, shop=numbered)
    assert answers["shop"].phase == "models"
    assert answers["shop"].text == "ValueError: Item is Extensible, and its primary key is not one Uuid column"


def test_a_module_without_extensible_models_says_so(samples: SampleModules, tmp_path: Path) -> None:
    plain = changed(SHOP, "models/__init__.py", ("class Item(Extensible, Base)", "class Item(Base)"))
    answers = probed(samples, shop=plain, stars=extender("stars"))
    assert answers["stars"].text == "LookupError: shop has no model Item that may be extended; it has none"
