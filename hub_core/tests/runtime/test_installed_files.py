"""A module of which a file was edited where it is installed is found at the start, and runs only where that is allowed."""

import asyncio
import base64
import hashlib
import logging
import sys
from pathlib import Path

import pytest

from hub_core.runtime import first_use
from hub_core.tests.runtime.test_first_use import served
from hub_core.tests.runtime.test_one_module_fails import brought_up
from hub_core.tests.sample_modules import SampleModules

EDITED = '"edited by hand"'


@pytest.fixture
def installed(samples: SampleModules, tmp_path: Path) -> Path:
    """Where two modules were installed with their hashes."""
    for name in ("shop", "wiki"):
        package = samples.install(name, served(name).files)
        record = samples.site / f"sample_{name}-1.0.dist-info" / "RECORD"
        record.write_text("".join(f"{row(package.parent, line)}\n" for line in record.read_text().splitlines()))
    (tmp_path / "hub.toml").write_text("[hub]\n[modules.shop]\n[modules.wiki]\n")
    return samples.site


@pytest.fixture
def edited(installed: Path) -> Path:
    """The file of a module that was edited since; another one is as it was."""
    file = installed / "sample_shop" / "routes" / "api" / "a.py"
    file.write_text(file.read_text().replace('"shop"', EDITED))
    return file


def _add_route(file: Path) -> None:
    file.with_name("added.py").write_text(file.read_text().replace('"/hello"', '"/added"'))


def row(site: Path, line: str) -> str:
    """A row of RECORD with its hash, as pip writes it."""
    content = (site / line.partition(",")[0]).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{line.partition(',')[0]},sha256={digest},{len(content)}"


async def test_it_is_found_before_anybody_uses_it_and_never_imported(
    edited: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_use, "EXAMINED_AFTER_SECONDS", 0.0)
    async with brought_up(tmp_path, database_url) as (hub, client):
        for _ in range(1000):
            if hub.failures():
                break
            await asyncio.sleep(0.01)
        failure = hub.failures()["shop"].reason
        assert (failure.code, failure.text) == ("failed_changed", "changed (ModuleEdited)")
        assert failure.remedy == (
            "Install it again: pip install --force-reinstall sample-shop==1.0; "
            'or let it run so: edited_files = "allow" under [hub]'
        )
        refused = await client.get("/api/v1/shop/hello")
        assert (refused.status_code, refused.json()["code"]) == (503, "module_changed")
        assert "sample_shop" not in sys.modules
        assert (await client.get("/api/v1/wiki/hello")).json() == "wiki"
        assert set(hub.failures()) == {"shop"}


async def test_where_that_is_allowed_it_runs_and_is_told(
    edited: Path, tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    document = tmp_path / "hub.toml"
    document.write_text(document.read_text().replace("[hub]\n", '[hub]\nedited_files = "allow"\n'))
    with caplog.at_level(logging.WARNING):
        async with brought_up(tmp_path, database_url) as (hub, client):
            assert (await client.get("/api/v1/shop/hello")).json() == "edited by hand"
            assert hub.failures() == {}
    assert f"shop runs although {edited} was edited or added" in caplog.messages


async def test_where_that_is_allowed_an_edit_is_described_anew(edited: Path, tmp_path: Path, database_url: str) -> None:
    """What was remembered of the files before does not hold for these."""
    document = tmp_path / "hub.toml"
    document.write_text(document.read_text().replace("[hub]\n", '[hub]\nedited_files = "allow"\n'))
    async with brought_up(tmp_path, database_url):
        pass
    _add_route(edited)
    async with brought_up(tmp_path, database_url) as (_, client):
        assert (await client.get("/api/v1/shop/added")).json() == "edited by hand"
        assert "/api/v1/shop/added" in (await client.get("/openapi.json")).json()["paths"]


@pytest.mark.parametrize("name", ["routes/api/evil.py", "deep/er/evil.py", "evil.pyc"])
async def test_a_file_of_code_that_was_added_counts_as_edited(
    name: str, installed: Path, tmp_path: Path, database_url: str
) -> None:
    added = installed / "sample_shop" / name
    added.parent.mkdir(parents=True, exist_ok=True)
    added.write_text("from fastapi import APIRouter\nrouter = APIRouter()\n")
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert (await client.get("/api/v1/shop/hello")).status_code == 503
        assert (await client.get("/api/v1/wiki/hello")).json() == "wiki"
        assert str(hub.failures()["shop"].reason.code) == "failed_changed"
        assert set(hub.failures()) == {"shop"}
        live = hub.modules["shop"]
        assert f"cause: {added} was edited or added" in str(live.failure)


async def test_what_is_no_code_or_belongs_to_another_distribution_may_be_added(
    installed: Path, tmp_path: Path, database_url: str
) -> None:
    package = installed / "sample_shop"
    (package / "notes.txt").write_text("")
    (package / "__pycache__").mkdir(exist_ok=True)
    (package / "__pycache__" / "extension.cpython-311.pyc").write_text("")
    (package / "around").symlink_to(package)
    (package / "extension.py").write_text("")
    info = installed / "sample_extension-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: sample-extension\nVersion: 1.0\n")
    (info / "RECORD").write_text("sample_shop/extension.py,sha256=x,0\n")
    async with brought_up(tmp_path, database_url) as (hub, client):
        assert (await client.get("/api/v1/shop/hello")).json() == "shop"
        assert hub.failures() == {}
