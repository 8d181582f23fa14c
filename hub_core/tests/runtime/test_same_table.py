"""Two modules declare the same table: whoever made it keeps it, the other does not install, and the message names both."""

from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.up import Raised, up
from hub_core.settings import read_settings
from hub_core.tests.sample_modules import SampleModules

MODELS = """
    from hub_hookspecs.database import module_metadata
    from sqlalchemy import Column, Integer, Table

    class Base:
        metadata = module_metadata("{name}")

    Table("sales_tax_rate", Base.metadata, Column("id", Integer, primary_key=True))
"""
REVISION = """
    import sqlalchemy as sa
    from alembic import op

    revision = "{name}_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table("sales_tax_rate", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO sales_tax_rate VALUES (7)")
"""
MODULES = ("sales", "sales_tax")


def install(samples: SampleModules, name: str) -> None:
    files = {"models/__init__.py": MODELS, "migrations/versions/1.py": REVISION}
    samples.install(name, {path: content.replace("{name}", name) for path, content in files.items()})


def brought_up(folder: Path, url: str, *modules: str) -> Raised:
    (folder / "hub.toml").write_text("".join(f"[modules.{name}]\n" for name in modules))
    settings = read_settings(folder, database_url=url)
    return up(settings, agree=lambda plan: None, on_revision=lambda run: None)


def rows(url: str) -> list[int]:
    with connect(parse_url(url)) as connection:
        return list(connection.scalars(text("SELECT id FROM sales_tax_rate")))


@pytest.mark.parametrize("first", MODULES)
def test_the_second_does_not_install(samples: SampleModules, tmp_path: Path, database_url: str, first: str) -> None:
    (second,) = set(MODULES) - {first}
    install(samples, first)
    assert brought_up(tmp_path, database_url, first).errors == ()
    install(samples, second)
    raised = brought_up(tmp_path, database_url, *MODULES)
    assert [error.problem for error in raised.errors] == [f"{second} failed: migration"]
    assert raised.errors[0].cause == f"sales_tax_rate belongs to {first}"
    assert raised.errors[0].remedy == f"Give {second} other table names, or run it without {first}"
    assert [ready.name for ready in raised.standing.ready] == [first]
    assert rows(database_url) == [7]


def test_of_two_new_ones_the_longer_prefix_owns_it(samples: SampleModules, tmp_path: Path, database_url: str) -> None:
    for name in MODULES:
        install(samples, name)
    raised = brought_up(tmp_path, database_url, *MODULES)
    assert [error.problem for error in raised.errors] == ["sales failed: migration"]
    assert raised.errors[0].cause == "sales_tax_rate belongs to sales_tax"
    assert rows(database_url) == [7]


def test_the_tables_of_a_module_that_is_gone_stay_its_own(
    samples: SampleModules, tmp_path: Path, database_url: str
) -> None:
    install(samples, "sales_tax")
    assert brought_up(tmp_path, database_url, "sales_tax").errors == ()
    for path in samples.site.glob("sample_sales_tax*"):
        path.rename(tmp_path / path.name)
    install(samples, "sales")
    raised = brought_up(tmp_path, database_url, "sales")
    assert [error.cause for error in raised.errors] == ["sales_tax_rate belongs to sales_tax"]
    assert rows(database_url) == [7]
