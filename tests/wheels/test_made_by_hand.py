"""The hub changes no environment that it did not build."""

from pathlib import Path

from tests.wheels.shelf import Shelf
from tests.wheels.stock import V10


def test_nothing_is_brought_into_it(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    shelf.add("stock", "1.0", V10)
    said = shelf.run("install", "stock", "--yes", code=1)
    assert "this environment was made by hand, and the hub does not change it" in said
    assert "hub environment adopt" in said
    assert shelf.run("install", "notes", "--dry-run").splitlines()[-1:] != []
