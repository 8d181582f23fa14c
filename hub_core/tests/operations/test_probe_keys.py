"""The key of an answer changes with everything that could have mended a module that failed."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hub_hookspecs
import pytest
from packaging.version import Version

import hub_core.loading
from hub_core.operations.describing.probe_keys import BRINGING_UP, probe_keys
from hub_core.resolution import resolve
from hub_core.tests.found_modules import catalog
from hub_core.tests.operations.packages import found_in

LIBRARIES = {"hub-hookspecs": "1.0", "fastapi": "0.165.1", "numpy": "2.4", "far-away": "1.0"}
ALL = {"base", "shop", "other"}


class Modules:
    """Three modules of which ``shop`` requires ``base``, and what is around them."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.found = {
            "base": found_in(site, "base", "numpy"),
            "shop": found_in(site, "shop", "mod-base"),
            "other": found_in(site, "other"),
        }
        self.libraries = dict(LIBRARIES)
        self.areas = ("admin",)

    def keys(self, *names: str) -> dict[str, str]:
        there = catalog(*self.found.values(), libraries=self.libraries)
        return dict(probe_keys(there, resolve(there, contract=Version("1.0")), self.areas, names or ALL))

    def change(self, name: str, **values: Any) -> None:
        self.found[name] = replace(self.found[name], **values)

    def file(self, name: str) -> Path:
        return self.site / f"mod_{name}" / "__init__.py"


@pytest.fixture
def modules(tmp_path: Path) -> Modules:
    return Modules(tmp_path)


def edit_and_set_back(file: Path) -> None:
    """The same size and time as before; only the time of the inode cannot be set back."""
    before = file.stat()
    file.write_text("a")
    file.write_text("")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace_file(file: Path) -> None:
    """Another inode."""
    file.with_suffix(".new").touch()
    file.with_suffix(".new").replace(file)


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda modules: None, set()),
        (lambda modules: modules.change("base", hash="new"), {"base", "shop"}),
        (lambda modules: modules.change("shop", hash="new"), {"shop"}),
        (lambda modules: modules.change("shop", entry_point="mod_shop:plugin"), {"shop"}),
        (lambda modules: modules.file("shop").write_text("mended = True"), {"shop"}),
        (lambda modules: modules.file("base").write_text("mended = True"), {"base", "shop"}),
        (lambda modules: edit_and_set_back(modules.file("base")), {"base", "shop"}),
        (lambda modules: replace_file(modules.file("shop")), {"shop"}),
        (lambda modules: modules.file("other").with_name("more.py").touch(), {"other"}),
        (lambda modules: modules.libraries.update({"fastapi": "0.165.2"}), ALL),
        (lambda modules: modules.libraries.update({"numpy": "2.5"}), ALL),
        (lambda modules: modules.libraries.update({"far-away": "1.1"}), ALL),
        (lambda modules: modules.libraries.update({"new-one": "1.0"}), ALL),
        (lambda modules: modules.libraries.pop("far-away"), ALL),
        (lambda modules: setattr(modules, "areas", ("admin", "moon")), ALL),
    ],
)
def test_a_key_changes_with_all_that_the_answer_depends_on(
    modules: Modules, change: Callable[[Modules], object], changed: set[str]
) -> None:
    before = modules.keys()
    assert set(before) == ALL
    change(modules)
    after = modules.keys()
    assert {name for name in before if before[name] != after[name]} == changed


def test_bytecode_that_an_import_leaves_changes_nothing(modules: Modules) -> None:
    before = modules.keys()
    cached = modules.site / "mod_shop" / "__pycache__"
    cached.mkdir()
    (cached / "__init__.cpython-314.pyc").touch()
    assert modules.keys() == before


def test_a_key_changes_with_the_folders_on_the_path_and_what_is_put_into_them(
    modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = [modules.keys()]
    folder = tmp_path / "library"
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    seen.append(modules.keys())
    (folder / "library-1.0.dist-info").mkdir(parents=True)
    seen.append(modules.keys())
    (folder / "missing.py").touch()
    seen.append(modules.keys())
    assert len({keys["other"] for keys in seen}) == 4


def test_a_folder_on_the_path_that_nothing_is_installed_in_may_change(
    modules: Modules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    before = modules.keys()
    (folder / "hub.toml").touch()
    assert modules.keys() == before


def test_a_key_changes_with_contract_and_python(modules: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {modules.keys()["other"]}
    monkeypatch.setattr("hub_core.operations.describing.probe_keys.CONTRACT_VERSION", "9.9")
    seen.add(modules.keys()["other"])
    monkeypatch.setattr("sys.version", "4.0")
    seen.add(modules.keys()["other"])
    assert len(seen) == 3


def test_a_key_changes_with_what_brings_modules_up(
    modules: Modules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [str(folder) for folder in BRINGING_UP] == [*hub_core.loading.__path__, *hub_hookspecs.__path__]
    before = modules.keys()
    monkeypatch.setattr("hub_core.operations.describing.probe_keys.BRINGING_UP", (tmp_path,))
    assert not before.items() & modules.keys().items()


def test_only_what_is_asked_for_is_looked_at(modules: Modules) -> None:
    every = modules.keys()
    assert modules.keys("shop") == {"base": every["base"], "shop": every["shop"]}
    assert modules.keys("left") == {}


def test_a_link_to_a_file_changes_with_that_file(modules: Modules, tmp_path: Path) -> None:
    target = tmp_path / "target.py"
    target.touch()
    (modules.site / "mod_shop" / "linked.py").symlink_to(target)
    before = modules.keys()
    target.write_text("mended = True")
    after = modules.keys()
    assert {name for name in before if before[name] != after[name]} == {"shop"}


def test_what_requires_a_module_without_a_key_has_none_either(modules: Modules) -> None:
    (modules.site / "mod_base" / "linked").symlink_to(modules.site)
    assert set(modules.keys()) == {"other"}
