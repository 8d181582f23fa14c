"""What shall be installed is decided by a dry run, and what cannot be is told in words: for uv and for pip alike."""

import platform
from pathlib import Path
from typing import Any

import pytest

from hub_core.packages import (
    Asked,
    IndexUnreachable,
    Lock,
    PackageChange,
    PackageNotFound,
    PackagesConflict,
    Resolved,
    SourceMissing,
    resolve,
)
from hub_core.tests.packages.conftest import Index, Place, tree
from hub_core.tests.packages.small_wheels import project, wheel


def resolved(place: Place, *requirements: str, present: Lock | None = None, **more: object) -> Resolved:
    upgrade = more.pop("upgrade", ())
    with place.open() as at:
        return resolve(Asked(requirements=requirements, **more), at, present=present, upgrade=upgrade)  # type: ignore[arg-type]


def versions(answer: Resolved) -> dict[str, str]:
    return {package.name: package.version for package in answer.packages}


def clauses(conflict: PackagesConflict) -> set[str]:
    """Who needs what; pip names the release where uv says that all releases need it."""
    assert conflict.cause is not None
    return {clause.replace(" 1.0 needs", " needs") for clause in conflict.cause.split("; ")}


def test_all_that_is_needed_is_chosen_and_nothing_is_changed(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint>=1",))
    wheel(place.wheelhouse, "paint", "1.5")
    wheel(place.wheelhouse, "paint", "2.0", python=">=4")
    wheel(place.wheelhouse, "ink")
    answer = resolved(place, "shop")
    assert versions(answer) == {"shop": "1.0", "paint": "1.5"}
    assert answer.roots == ("shop",)
    assert answer.changes == (
        PackageChange(name="paint", before=None, after="1.5"),
        PackageChange(name="shop", before=None, after="1.0"),
    )
    assert place.environments.all() == ()
    assert not place.environments.wheels.exists()


def test_a_conflict_names_who_needs_what(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint<2",))
    wheel(place.wheelhouse, "books", requires=("paint>=2",))
    wheel(place.wheelhouse, "paint", "1.5")
    wheel(place.wheelhouse, "paint", "2.5")
    with pytest.raises(PackagesConflict) as raised:
        resolved(place, "shop", "books")
    assert raised.value.code == "packages_conflict"
    assert raised.value.problem == "no releases meet all requirements at once"
    assert clauses(raised.value) == {"shop needs paint<2", "books needs paint>=2"}
    assert "paint" in raised.value.output


def test_a_conflict_with_what_is_asked_for_names_that(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint<2",))
    wheel(place.wheelhouse, "paint", "1.5")
    wheel(place.wheelhouse, "paint", "2.5")
    with pytest.raises(PackagesConflict) as raised:
        resolved(place, "shop", "paint>=2")
    assert clauses(raised.value) == {"shop needs paint<2", "paint>=2 is asked for"}


def test_another_python_is_told(place: Place) -> None:
    wheel(place.wheelhouse, "shop", python=">=4")
    wheel(place.wheelhouse, "books", requires=("shop",))
    for asked in ("shop", "books"):
        with pytest.raises(PackagesConflict) as raised:
            resolved(place, asked)
        assert clauses(raised.value) == {f"shop needs Python >=4, and this is {platform.python_version()}"}


def test_what_is_not_there_is_named_with_the_source(place: Place) -> None:
    with pytest.raises(PackageNotFound) as raised:
        resolved(place, "shop>=2")
    assert str(raised.value) == (
        f"shop>=2 is not to be had from the wheelhouse {place.wheelhouse}\n"
        "remedy: Correct the name or the range, or put a wheel of it there"
    )


def test_what_is_there_in_other_versions_is_named_with_them(place: Place) -> None:
    wheel(place.wheelhouse, "shop")
    with pytest.raises(PackageNotFound) as raised:
        resolved(place, "shop>=2")
    assert str(raised.value).startswith(
        f"shop>=2 is not to be had from the wheelhouse {place.wheelhouse}\ncause: there is only shop"
    )
    assert "1.0" in str(raised.value.cause)


def test_who_needs_what_is_not_there_is_named(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint>=2",))
    with pytest.raises(PackageNotFound) as raised:
        resolved(place, "shop")
    assert raised.value.problem.startswith("paint>=2, which shop")


def test_of_a_wheel_file_what_it_needs_is_named_and_not_itself(place: Place, tmp_path: Path) -> None:
    wheel(place.wheelhouse, "paint", "1.1")
    present = place.lock("paint")
    need = wheel(tmp_path / "mine", "need", requires=("paint>=9",))
    with pytest.raises((PackageNotFound, PackagesConflict)) as raised:
        resolved(place, "paint", wheels=(need,), present=present)
    said = " ".join(f"{raised.value.problem} {raised.value.cause}".replace("==", " ").split())
    assert "paint>=9" in said
    assert "need 1.0" in said
    assert "only need" not in said
    if isinstance(raised.value, PackageNotFound):
        assert raised.value.problem == (
            f"paint>=9, which need 1.0 needs, is not to be had from the wheelhouse {place.wheelhouse}"
        )
        assert raised.value.cause == "there is only paint 1.1"


def test_versions_that_are_there_stay_when_something_is_added(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint",))
    wheel(place.wheelhouse, "paint", "1.0")
    present = place.lock("shop")
    wheel(place.wheelhouse, "paint", "1.1")
    wheel(place.wheelhouse, "books", requires=("paint",))
    answer = resolved(place, "shop", "books", present=present)
    assert versions(answer) == {"shop": "1.0", "paint": "1.0", "books": "1.0"}
    assert answer.changes == (PackageChange(name="books", before=None, after="1.0"),)
    assert {package.name for package in answer.packages if package.kept} == {"shop", "paint"}


def test_a_version_moves_where_it_is_in_the_way_and_the_others_stay(place: Place) -> None:
    for name in ("paint", "ink"):
        wheel(place.wheelhouse, name, "1.0")
    wheel(place.wheelhouse, "shop", requires=("paint", "ink"))
    present = place.lock("shop")
    for name in ("paint", "ink"):
        wheel(place.wheelhouse, name, "1.1")
    wheel(place.wheelhouse, "books", requires=("paint>=1.1",))
    answer = resolved(place, "shop", "books", present=present)
    assert versions(answer) == {"shop": "1.0", "paint": "1.1", "ink": "1.0", "books": "1.0"}


def test_an_older_release_is_no_way_out_where_it_may_not_be(place: Place) -> None:
    wheel(place.wheelhouse, "paint", "1.0")
    wheel(place.wheelhouse, "shop", "1.5", requires=("paint<2",))
    present = place.lock("shop", "paint")
    wheel(place.wheelhouse, "paint", "2.0")
    wheel(place.wheelhouse, "shop", "1.0")
    answer = resolved(place, "shop", "paint==2.0", present=present)
    assert versions(answer) == {"shop": "1.0", "paint": "2.0"}
    with pytest.raises(PackagesConflict) as raised, place.open() as at:
        resolve(Asked(requirements=("shop", "paint==2.0")), at, present=present, never_older=("shop",))
    assert "paint" in str(raised.value.cause)


def test_what_is_upgraded_moves_alone(place: Place) -> None:
    for version in ("1.0",):
        wheel(place.wheelhouse, "shop", version, requires=("paint",))
        wheel(place.wheelhouse, "paint", version)
    present = place.lock("shop")
    wheel(place.wheelhouse, "shop", "2.0", requires=("paint",))
    wheel(place.wheelhouse, "paint", "2.0")
    assert versions(resolved(place, "shop", present=present)) == {"shop": "1.0", "paint": "1.0"}
    assert versions(resolved(place, "shop", present=present, upgrade=("Shop",))) == {"shop": "2.0", "paint": "1.0"}
    assert versions(resolved(place, "shop>=2", present=present)) == {"shop": "2.0", "paint": "1.0"}
    assert versions(resolved(place, "shop", present=present, upgrade=None)) == {"shop": "2.0", "paint": "2.0"}


def test_what_nobody_needs_any_more_goes(place: Place) -> None:
    wheel(place.wheelhouse, "shop", requires=("paint",))
    wheel(place.wheelhouse, "paint")
    wheel(place.wheelhouse, "books")
    present = place.lock("shop", "books")
    with place.open() as at:
        answer = resolve(Asked.of(present).without(["Shop"]), at, present=present)
    assert versions(answer) == {"books": "1.0"}
    assert answer.changes == (
        PackageChange(name="paint", before="1.0", after=None),
        PackageChange(name="shop", before="1.0", after=None),
    )


def test_a_wheel_file_and_a_project_are_taken_as_they_are(place: Place, tmp_path: Path) -> None:
    wheel(place.wheelhouse, "paint")
    wheel(place.wheelhouse, "shop", "9.0")
    file = wheel(tmp_path / "with space", "shop", requires=("paint",))
    books = project(tmp_path / "with space" / "books", "books", requires=("paint",))
    before = tree(books)
    answer = resolved(place, wheels=(file,), projects=(books,))
    assert {name: version for name, version in versions(answer).items() if name != "books"} == {
        "shop": "1.0",
        "paint": "1.0",
    }
    assert next(package.project for package in answer.packages if package.name == "books") == books
    assert answer.files == {"shop", "books"}
    assert tree(books).keys() == before.keys()


def test_a_wheel_of_a_file_is_kept_although_the_source_has_a_newer_one(place: Place, tmp_path: Path) -> None:
    present = place.lock(wheels=(wheel(tmp_path / "mine", "shop"),))
    assert present.roots == ("shop==1.0",)
    wheel(place.wheelhouse, "shop", "99.0")
    wheel(place.wheelhouse, "books")
    answer = resolved(place, *present.roots, "books", present=present, upgrade=None)
    assert versions(answer) == {"shop": "1.0", "books": "1.0"}


@pytest.mark.parametrize("what", ["wheel", "project", "wheelhouse"])
def test_a_file_or_folder_that_is_not_there_is_named(uv_place: Place, tmp_path: Path, what: str) -> None:
    gone = tmp_path / "gone"
    if what == "wheelhouse":
        uv_place.changes["wheelhouse"] = gone
    asked: dict[str, Any] = {"wheel": {"wheels": (gone,)}, "project": {"projects": (gone,)}, "wheelhouse": {}}[what]
    with pytest.raises(SourceMissing) as raised:
        resolved(uv_place, "shop", **asked)
    assert str(raised.value) == f"the {what} {gone} is not there\nremedy: Correct the path, or put it there"


def test_an_index_is_asked_and_no_other(
    place: Place, index: Index, other_index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Dependency confusion: somebody registers the name of an inner module elsewhere, with a higher version."""
    wheel(index.folder, "shop")
    wheel(other_index.folder, "shop", "99.0")
    elsewhere = wheel(tmp_path / "elsewhere", "shop", "98.0").parent
    for name in (
        "PIP_EXTRA_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
        "UV_INDEX",
        "PIP_INDEX_URL",
        "UV_INDEX_URL",
        "UV_DEFAULT_INDEX",
    ):
        monkeypatch.setenv(name, other_index.url)
    for name in ("PIP_FIND_LINKS", "UV_FIND_LINKS"):
        monkeypatch.setenv(name, str(elsewhere))
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nextra-index-url = {other_index.url}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    uv_config = tmp_path / "uv.toml"
    uv_config.write_text(f'index-url = "{other_index.url}"\nfind-links = ["{elsewhere}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(uv_config))
    place.changes.update(wheelhouse=None, index_url=index.url)
    assert versions(resolved(place, "shop")) == {"shop": "1.0"}
    assert other_index.asked == []
    place.changes.clear()
    wheel(place.wheelhouse, "shop", "2.0")
    assert versions(resolved(place, "shop")) == {"shop": "2.0"}
    assert other_index.asked == []


def test_without_a_configured_source_the_tools_use_their_own_configuration(
    place: Place, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(index.folder, "shop")
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    place.changes["wheelhouse"] = None
    assert versions(resolved(place, "shop")) == {"shop": "1.0"}


def test_an_index_that_does_not_answer_is_told_without_its_password(place: Place) -> None:
    place.changes.update(wheelhouse=None, index_url="http://reader:s3cret@127.0.0.1:9/simple")
    with pytest.raises(IndexUnreachable) as raised:
        resolved(place, "shop")
    assert raised.value.problem == "the index http://***@127.0.0.1:9/simple cannot be read"
    assert raised.value.remedy == "See that it answers and lets this machine in, then run this again; or set wheelhouse"
    assert raised.value.cause
    assert "s3cret" not in f"{raised.value} {raised.value.output}"
