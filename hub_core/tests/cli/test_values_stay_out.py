"""What people wrote is neither in an error nor in a log line when a migration fails over it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.up import up
from hub_core.settings import read_settings
from hub_core.tests.cli.hub_processes import run_hub, serving
from hub_core.tests.sample_modules import SampleModules

VALUE = "ann@s3cret.example"
START = (
    "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'shop_{}'\ndown_revision = {!r}\n\n\ndef upgrade():\n"
)
FIRST = START.format(1, None) + "    op.create_table('shop_item', sa.Column('email', sa.Text))\n"
FAILING = {
    "index": "    op.create_index('shop_one', 'shop_item', ['email'], unique=True)\n",
    "rows": (
        "    op.create_table('shop_once', sa.Column('email', sa.Text, primary_key=True))\n"
        "    rows = op.get_bind().execute(sa.text('SELECT email FROM shop_item')).mappings().all()\n"
        "    op.get_bind().execute(sa.text('INSERT INTO shop_once VALUES (:email)'), [dict(row) for row in rows])\n"
    ),
    "driver": (
        "    driver = op.get_bind().connection.dbapi_connection\n"
        "    driver.cursor().execute('CREATE UNIQUE INDEX shop_one ON shop_item (email)')\n"
    ),
}


@pytest.fixture(params=FAILING)
def failing(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    samples: SampleModules,
) -> SampleModules:
    """A module with two rows, and a revision that fails over them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    (tmp_path / "hub.toml").write_text("[modules.shop]\n")
    package = samples.install("shop", {"migrations/versions/shop_1.py": FIRST})
    assert up(read_settings(tmp_path), agree=lambda plan: None, on_revision=lambda run: None).errors == ()
    with connect(parse_url(database_url)) as connection:
        connection.execute(text(f"INSERT INTO shop_item VALUES ('{VALUE}'), ('{VALUE}')"))
        connection.commit()
    second = START.format(2, "shop_1") + FAILING[request.param]
    (package / "migrations" / "versions" / "shop_2.py").write_text(second)
    return samples


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_neither_in_the_lines_of_hub_up_nor_in_its_log(
    failing: SampleModules, tmp_path: Path, database_url: str, log_format: str
) -> None:
    variables = {"HUB_DATABASE_URL": database_url, "HUB_LOG_FORMAT": log_format}
    with serving(tmp_path, path=failing.site, variables=variables) as hub:
        logged = hub.log.read_text()
        assert "shop failed: migration" in logged
        assert "shop_2" in logged, "the traceback is there"
        assert VALUE not in hub.output + logged


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_not_in_what_hub_migrate_says(
    failing: SampleModules, tmp_path: Path, database_url: str, options: tuple[str, ...]
) -> None:
    ended = run_hub(tmp_path, "migrate", "--yes", *options, path=failing.site, HUB_DATABASE_URL=database_url)
    assert ended.returncode == 1
    assert "unique" in (ended.stdout + ended.stderr).lower()
    assert VALUE not in ended.stdout + ended.stderr


MODEL = """
    import os
    from pydantic import BaseModel, field_validator

    class Settings(BaseModel):
        key: {type}

        @field_validator("key")
        @classmethod
        def check(cls, value):
            if {where}:
                {refuse}
            return value
"""
ROUTE = """
    from fastapi import APIRouter
    from hub_hookspecs.web import public

    router = APIRouter(dependencies=[public()])

    @router.get("/hello")
    async def hello() -> str:
        return "hello"
"""
GIVEN = {"str": "GIVEN-SECRET-1", "list[dict[str, str]]": [{"a": "GIVEN-SECRET-2"}], "int": 73619463}
REFUSALS = {
    "unfit": 'raise ValueError(f"key {value} is not usable")',
    "bug": 'raise RuntimeError(f"cannot use {value}") from KeyError(value)',
}
IN_THE_PROBE, SERVING = 'os.environ["HOME"] != os.environ["AT_HOME"]', 'os.environ["HOME"] == os.environ["AT_HOME"]'


@pytest.mark.parametrize("where", [IN_THE_PROBE, SERVING], ids=["probed", "served"])
def test_what_a_model_says_of_its_settings_is_told_without_the_values(
    where: str, tmp_path: Path, samples: SampleModules
) -> None:
    names, document = [], "[hub]\n"
    for number, (type_, value) in enumerate(GIVEN.items()):
        for refusal, refuse in REFUSALS.items():
            names.append(f"{refusal}{number}")
            model = MODEL.format(type=type_, where=where, refuse=refuse)
            samples.install(names[-1], {"config.py": model, "routes/api/a.py": ROUTE})
            given = str(value).replace("'a':", "a =")
            given = f'"{value}"' if isinstance(value, str) else given
            document += f"[modules.{names[-1]}]\nenabled = true\n[modules.{names[-1]}.settings]\nkey = {given}\n"
    (tmp_path / "hub.toml").write_text(document)
    variables = {"HOME": str(tmp_path), "AT_HOME": str(tmp_path)}
    with serving(tmp_path, path=samples.site, variables=variables) as hub, hub.client() as client:
        answers = [client.get(f"/api/v1/{name}/hello") for name in names]
        assert {answer.status_code for answer in answers} == {503}
        told = hub.output + "".join(answer.text for answer in answers)
        for command in (["list"], ["list", "--json"], *(["show", name, "--json"] for name in names)):
            ended = run_hub(tmp_path, *command, path=samples.site, **variables)
            told += ended.stdout + ended.stderr
    told += hub.log.read_text()
    assert "key *** is not usable" in told, "the rest is told"
    assert "RuntimeError: cannot use ***" in told
    assert [line for line in told.splitlines() if "GIVEN-SECRET" in line or "73619463" in line] == []
