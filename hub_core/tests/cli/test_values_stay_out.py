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
