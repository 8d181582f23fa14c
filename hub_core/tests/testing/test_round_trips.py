"""What a fixture says to authors whose revisions lose something on the way to the next one and back."""

from collections.abc import Callable

import pytest

from hub_core.tests.operations.house import first, revision
from hub_core.tests.sample_modules import SampleModules

RoundTrips = Callable[..., tuple[str, ...]]
BACK = 'raise RuntimeError("there is no way back")'


def shop(samples: SampleModules, forth: str, back: str) -> None:
    second = revision("shop", 2, forth)
    path = "migrations/versions/shop_2.py"
    samples.install("shop", {**first("shop"), path: second[path].replace(BACK, back)})


@pytest.mark.parametrize(
    ("forth", "back"),
    [
        ('op.execute("UPDATE shop_item SET name = upper(name)")', "pass"),
        ('op.execute("DELETE FROM shop_item WHERE id = 1")', "pass"),
        ('op.drop_column("shop_item", "name")', 'op.add_column("shop_item", sa.Column("name", sa.Text))'),
        ('op.add_column("shop_item", sa.Column("more", sa.Integer))', "pass"),
    ],
)
def test_what_a_way_back_does_not_bring_back_is_named(
    forth: str, back: str, round_trips: RoundTrips, samples: SampleModules
) -> None:
    shop(samples, forth, back)
    with pytest.raises(AssertionError, match=r"shop_2 and back to shop_1: shop_item had .*of shop_item\.name"):
        round_trips("shop", rows={"shop_item": [{"name": "1 of shop_item.name"}]})


def test_a_way_back_that_keeps_all_is_fine(round_trips: RoundTrips, samples: SampleModules) -> None:
    shop(
        samples,
        'op.alter_column("shop_item", "name", new_column_name="title")',
        'op.alter_column("shop_item", "title", new_column_name="name")',
    )
    assert round_trips("shop") == ("shop_2",)


def test_a_column_that_is_not_there_is_named(round_trips: RoundTrips, samples: SampleModules) -> None:
    shop(samples, "pass", "pass")
    with pytest.raises(AssertionError, match=r"shop_item has no \['nane'\]"):
        round_trips("shop", rows={"shop_item": [{"nane": "x"}]})
