"""A tool is asked what would be chosen, for uv and for pip alike: from metadata alone, with releases no source has any more."""

import pytest

from hub_core.packages import PackagesConflict, Rehearsal, Release
from hub_core.tests.packages.conftest import Index, Place
from hub_core.tests.packages.small_wheels import wheel

PRESENT = {
    name: Release(name=name, version="1.0", requires=requires)
    for name, requires in {"shop": (), "rack": ("shop<2",), "crate": ("shop<2",)}.items()
}
ALL = frozenset(PRESENT)


def test_who_finds_no_release_is_left_out_and_only_metadata_is_read(place: Place, index: Index) -> None:
    place.changes["wheelhouse"], place.changes["index_url"] = None, index.url
    wheel(index.folder, "shop", "2.0")
    wheel(index.folder, "rack", "1.1", requires=("shop>=2",))
    wheel(index.folder, "crate", "1.1", requires=("shop<2",))
    with place.open() as at:
        rehearsal = Rehearsal(at, PRESENT, ALL - {"shop"})
        found = rehearsal.answer(["shop==2.0", "rack", "crate"], free=ALL, leaving=ALL)
        assert found.versions == {"shop": "2.0", "rack": "1.1"}
        assert found.absent == {"crate"}
        assert rehearsal.missing(["crate", "rack"]) == frozenset()
        with pytest.raises(PackagesConflict):
            rehearsal.answer(["shop==2.0", "crate"], free=ALL)
    read = {path.rpartition("/")[2] for path in index.asked if path.startswith("/files/")}
    assert {name for name in read if name.endswith(".metadata")} >= {
        f"{name}-py3-none-any.whl.metadata" for name in ("shop-2.0", "rack-1.1", "crate-1.1")
    }
    if place.tool == "uv":  # pip fetches what it chose, too, whatever it does with it
        assert all(name.endswith(".metadata") for name in read), read
    assert not place.environments.wheels.exists()


def test_what_is_installed_counts_without_any_source(place: Place) -> None:
    with place.open() as at:
        rehearsal = Rehearsal(at, PRESENT, ALL)
        assert rehearsal.answer(["rack", "crate"], free=()).versions == dict.fromkeys(PRESENT, "1.0")
        assert rehearsal.missing(["rack"]) == {"rack"}


def test_nothing_goes_back_to_an_older_release_unasked(place: Place) -> None:
    wheel(place.wheelhouse, "shop", "2.0")
    wheel(place.wheelhouse, "rack", "0.9")
    with place.open() as at:
        rehearsal = Rehearsal(at, PRESENT, ALL - {"shop"})
        question = ["shop==2.0", "rack"]
        assert rehearsal.answer(question, free=ALL, leaving=ALL).absent == {"rack"}
        assert rehearsal.answer(question, free=ALL, leaving=ALL, asked={"rack"}).versions["rack"] == "0.9"
