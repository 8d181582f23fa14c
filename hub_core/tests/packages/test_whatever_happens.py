"""Between a wish and the switch nothing touches what runs: at whatever byte the disk is full, whoever does not fit the new core."""

from pathlib import Path

import pytest

from hub_core.disk_space import DiskFull
from hub_core.packages import Asked, PackagesConflict, build, fetch, resolve
from hub_core.packages.new_venv import site_packages
from hub_core.tests.packages.conftest import Place, tree
from hub_core.tests.packages.small_wheels import wheel
from hub_core.tests.packages.test_building import running, still_runs
from hub_core.tests.small_volume import small_volume

BUDGETS = (0, 4_096, 100_000, 300_000, 600_000, 900_000, 1_200_000, 1_500_000, 1_800_000, 2_200_000, 2_600_000)


@pytest.mark.timeout(300)
def test_at_whatever_byte_the_disk_is_full_what_runs_stays_and_the_next_try_works(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each phase ends at some budget: looking up, fetching, unpacking, compiling, sealing."""
    place.folder.mkdir()
    monkeypatch.setenv("UV_LINK_MODE", "copy")
    reached, told = [], []
    with small_volume(tmp_path / "volume", 24) as volume:
        place.changes["state_dir"] = volume.folder
        before = running(place)
        wheel(place.wheelhouse, "books", files={f"books_{number}.py": f"X = {number}\n" * 9_000 for number in range(4)})
        for budget in BUDGETS:
            volume.leave(budget)
            stages = iter(("opened", "fetched", "built"))
            reached.append(next(stages))
            try:
                with place.open() as at:
                    lock = fetch(resolve(Asked(requirements=("shop", "books")), at), at)
                    reached[-1] = next(stages)
                    build(lock, at, name="new")
                    reached[-1] = next(stages)
            except DiskFull as error:
                told.append(error.cause or "")
            volume.empty()
            place.environments.discard("new")
            still_runs(place, before)
            with place.open() as at:
                at.environments.sweep(5)
        lock = place.lock("shop", "books")
        with place.open() as at:
            assert build(lock, at, name="again").lock == lock
    assert {*reached} == {"opened", "fetched", "built"}, "some budget ends each phase"
    assert len(told) == len(BUDGETS) - reached.count("built")
    assert all(cause.startswith(f"no space is left on {volume.folder}, where ") for cause in told)


def test_a_new_core_that_modules_do_not_fit_is_found_before_anything_is_made(place: Place) -> None:
    """Case 98."""
    wheel(place.wheelhouse, "core", "1.0")
    for name in ("books", "paint", "tools"):
        wheel(place.wheelhouse, name, requires=("core<2",))
    wheel(place.wheelhouse, "rack", requires=("core>=1",))
    lock = place.lock("core", "books", "paint", "rack", "tools")
    with place.open() as at:
        environment = build(lock, at, name="old")
        at.environments.switch("old")
    before = tree(environment.folder)
    wheel(place.wheelhouse, "core", "2.0")
    asked = Asked.of(lock).with_requirements(["core>=2"])
    with place.open() as at, pytest.raises(PackagesConflict) as raised:
        resolve(asked, at, present=lock, upgrade=("core",))
    told = raised.value.cause or ""
    assert any(name in told for name in ("books", "paint", "tools"))
    assert "needs core<2" in told
    assert "rack" not in told
    assert tree(environment.folder) == before
    assert [each.name for each in place.environments.all()] == ["old"]
    assert (site_packages(environment.folder) / "core.py").is_file()
