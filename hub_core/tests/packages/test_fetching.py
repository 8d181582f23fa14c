"""Every wheel of a lock comes into the store once, by its hash, from wherever it was found."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub_core.packages import (
    Asked,
    BuildFailed,
    Lock,
    LockedWheel,
    LockedWheelsMissing,
    Progress,
    WheelDamaged,
    build,
    fetch,
    fetch_lock,
    resolve,
)
from hub_core.packages.wheel_store import file_hash
from hub_core.tests.packages.conftest import Index, Place, tree
from hub_core.tests.packages.small_wheels import project, source_archive, wheel


def in_store(place: Place, lock: Lock) -> bool:
    files = [place.environments.wheels / each.wheel.sha256 / each.wheel.filename for each in lock.packages]
    return all(file_hash(file) == file.parent.name for file in files)


def test_the_wheels_of_a_wheelhouse_are_kept_by_hash(place: Place) -> None:
    file = wheel(place.wheelhouse, "shop", requires=("paint",))
    wheel(place.wheelhouse, "paint")
    lock = place.lock("shop")
    assert lock.by_name["shop"].wheel == LockedWheel(filename=file.name, sha256=file_hash(file))
    assert lock.roots == ("shop",)
    assert in_store(place, lock)


def test_nothing_is_downloaded_twice(place: Place, index: Index) -> None:
    place.changes.update(wheelhouse=None, index_url=index.url)
    wheel(index.folder, "shop", requires=("paint",))
    wheel(index.folder, "paint")
    lock = place.lock("shop")
    assert in_store(place, lock)
    assert sorted(index.files_asked) == ["paint-1.0-py3-none-any.whl", "shop-1.0-py3-none-any.whl"]
    index.asked.clear()
    wheel(index.folder, "books")
    again = place.lock("shop", "books", present=lock)
    assert index.files_asked == ["books-1.0-py3-none-any.whl"]
    assert not [path for path in index.asked if "paint" in path], "the wheel that is there says all that is asked"
    assert again.by_name["shop"] == lock.by_name["shop"]
    index.asked.clear()
    with place.open() as at:
        fetch_lock(again, at)
    assert index.asked == []


def test_what_is_locked_is_fetched_by_hash_where_it_is_missing(place: Place, index: Index) -> None:
    place.changes.update(wheelhouse=None, index_url=index.url)
    wheel(index.folder, "shop")
    lock = place.lock("shop")
    elsewhere = replace(place, folder=place.folder.parent / "other-hub")
    with elsewhere.open() as at:
        fetch_lock(lock, at)
    assert in_store(elsewhere, lock)


def test_another_file_under_the_same_name_is_refused(
    place: Place, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")  # which would have the right one
    place.changes.update(wheelhouse=None, index_url=index.url)
    wheel(index.folder, "shop")
    lock = place.lock("shop")
    wheel(index.folder, "shop", files={"evil.py": ""})
    elsewhere = replace(place, folder=place.folder.parent / "other-hub")
    with elsewhere.open() as at, pytest.raises(LockedWheelsMissing) as raised:
        fetch_lock(lock, at)
    file = lock.by_name["shop"].wheel
    assert raised.value.wheels == (file.filename,)
    assert (raised.value.cause or "").endswith(f", locked is {file.sha256}")
    assert not any(elsewhere.environments.wheels.rglob("*.whl"))


def test_a_file_that_changed_between_the_answer_and_the_download_is_refused(place: Place) -> None:
    file = wheel(place.wheelhouse, "shop")
    with place.open() as at:
        answer = resolve(Asked(requirements=("shop",)), at)
        if not answer.packages[0].sha256:
            pytest.skip("this tool gives no hash of a file in a folder")
        wheel(place.wheelhouse, "shop", files={"evil.py": ""})
        with pytest.raises(WheelDamaged) as raised:
            fetch(answer, at)
    assert str(raised.value) == (
        f"{file.name} is not the wheel that was locked\n"
        f"cause: its SHA-256 in {place.wheelhouse} is {file_hash(file)}, locked is {answer.packages[0].sha256}\n"
        "remedy: Do not install it before you know who changed it; then remove it there and run this again"
    )


def test_a_project_is_built_and_left_as_it_was(place: Place, tmp_path: Path) -> None:
    books = project(tmp_path / "books", "books", "1.2")
    before = tree(books)
    lock = place.lock(projects=(books,))
    assert (lock.by_name["books"].version, lock.by_name["books"].project) == ("1.2", None)
    assert lock.roots == ("books==1.2",)
    assert in_store(place, lock)
    assert tree(books) == before


def test_a_project_that_cannot_be_built_is_named(place: Place, tmp_path: Path) -> None:
    books = project(tmp_path / "books", "books")
    (books / "own_backend.py").write_text("raise RuntimeError('no such thing')\n")
    with pytest.raises(BuildFailed) as raised:
        place.lock(projects=(books,))
    assert raised.value.problem.endswith("cannot be built into a wheel")
    assert "no such thing" in raised.value.output
    assert raised.value.remedy == (
        "Correct the project, and see that what it needs to be built is in the source; or install a wheel of it"
    )


def test_a_source_archive_is_built(place: Place) -> None:
    source_archive(place.wheelhouse, "books", "1.3")
    lock = place.lock("books")
    assert lock.by_name["books"].wheel.filename == "books-1.3-py3-none-any.whl"
    assert in_store(place, lock)


def test_a_source_archive_of_an_index_is_built(place: Place, index: Index) -> None:
    place.changes.update(wheelhouse=None, index_url=index.url)
    source_archive(index.folder, "books", "1.3")
    assert in_store(place, place.lock("books"))


def test_an_editable_project_stays_a_link_to_its_folder(place: Place, tmp_path: Path) -> None:
    books = project(tmp_path / "books", "books")
    lock = place.lock(editables=(books,))
    assert lock.by_name["books"].project == books
    assert lock.roots == ("books==1.0",)
    with place.open() as at:
        environment = build(lock, at)
    assert next(environment.folder.rglob("_books.pth")).read_text() == str(books)
    assert '"editable"' in next(environment.folder.rglob("direct_url.json")).read_text()
    assert environment.lock == lock
    present = place.lock(*lock.roots, present=lock)
    assert present == lock, "what was asked for before stays, without its project being built again"


def test_progress_is_told(uv_place: Place) -> None:
    wheel(uv_place.wheelhouse, "shop")
    told: list[Progress] = []
    with uv_place.open(on_progress=told.append) as at:
        build(fetch(resolve(Asked(requirements=("shop",)), at), at), at)
    stages = [progress.stage for progress in told]
    assert list(dict.fromkeys(stages)) == ["resolve", "fetch", "install", "verify"]
    assert told[-1] == Progress(stage="verify", done=1, total=1)
