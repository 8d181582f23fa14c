"""How a revision file comes into a folder, what is rendered into it, and how differences read."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hub_core.migrations import Difference, difference_text
from hub_core.migrations.schema.dialects import KINDS
from hub_core.migrations.schema.dialects import dialect as dialect_of
from hub_core.migrations.schema.new_revision import RevisionFile, RevisionTaken, revision_file, write
from hub_core.migrations.schema.portable_types import TypeNotPortable, default_text, type_text


class Foreign(sa.types.UserDefinedType[str]):
    """A type that only its own module knows."""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (sa.String(200), "sa.String(200)"),
        (sa.Numeric(6, 5), "sa.Numeric(6, 5)"),
        (sa.DateTime(timezone=True), "sa.DateTime(timezone=True)"),
        (sa.Uuid(), "sa.Uuid()"),
        (sa.Interval(), "sa.Interval()"),
        (sa.JSON(none_as_null=True), "sa.JSON(none_as_null=True)"),
        (sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'),
        (sa.ARRAY(sa.Text()), "sa.ARRAY(sa.Text())"),
        (sa.Enum("a", "bc", name="kind", native_enum=False), 'sa.Enum("a", "bc", name="kind", native_enum=False, length=2)'),
        (
            sa.Enum("a", "bc", name="kind"),
            'sa.String(2).with_variant(postgresql.ENUM("a", "bc", name="kind", create_type=False), "postgresql")',
        ),
    ],
)  # fmt: skip
def test_a_type_is_written_as_every_database_takes_it(kind: sa.types.TypeEngine[object], text: str) -> None:
    assert type_text(kind) == text
    made = eval(text, {"sa": sa, "postgresql": postgresql})
    for dialect in map(dialect_of, KINDS):
        if not isinstance(kind, sa.ARRAY) or dialect.name == "postgresql":
            assert made.compile(dialect=dialect) == kind.compile(dialect=dialect)


def test_a_type_that_no_file_can_name_is_refused() -> None:
    with pytest.raises(TypeNotPortable, match="Foreign cannot be written into a revision"):
        type_text(Foreign())


@pytest.mark.parametrize(
    ("default", "text"),
    [
        (sa.DefaultClause("it's"), '"it\'s"'),
        (sa.DefaultClause(sa.text("'{}'")), "sa.text(\"'{}'\")"),
        (sa.DefaultClause(sa.false()), "sa.false()"),
        (sa.DefaultClause(sa.func.now()), "sa.func.now()"),
        (sa.DefaultClause(sa.func.lower("A")), "sa.text(\"lower('A')\")"),
        (None, "None"),
    ],
)
def test_a_server_default_is_a_value_or_an_expression(default: object, text: str) -> None:
    assert default_text(default) == text


def test_a_file_is_never_written_over_another(tmp_path: Path) -> None:
    file = RevisionFile(path=tmp_path / "shop_0001_items.py", id="shop_0001", text="new")
    file.path.write_text("old")
    with pytest.raises(RevisionTaken):
        write(file)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("shop_0001_items.py", "old")]


@pytest.mark.parametrize(
    ("message", "name", "sentence"),
    [
        ("add price", "shop_0001_add_price.py", '"""Add price."""'),
        ("Größe?", "shop_0001_gr_e.py", '"""Größe?"""'),
        ('../../x\n"""import os', "shop_0001_x_import_os.py", '"""../../x \'\'\'import os."""'),
        ("", "shop_0001_change.py", '"""Change the tables."""'),
    ],
)
def test_a_message_names_the_file_and_opens_it(tmp_path: Path, message: str, name: str, sentence: str) -> None:
    file = revision_file("shop", tmp_path, (), message, [], [])
    assert file.path == tmp_path / name
    assert file.text.splitlines()[0] == sentence
    compile(file.text, name, "exec")


@pytest.mark.parametrize(
    ("kind", "name", "found", "wanted", "text"),
    [
        ("table", "", None, "", "shop_item: the table is missing in the database"),
        ("table", "", "", None, "shop_item: the table is missing in the models"),
        ("column", "price", None, "INTEGER, not null", "shop_item: the column price (INTEGER, not null) is missing in the database"),
        ("column", "price", "INTEGER", None, "shop_item: the column price (INTEGER) is missing in the models"),
        ("type", "price", "INTEGER", "BIGINT", "shop_item: the column price has the type INTEGER in the database, BIGINT in the models"),
        ("nullable", "price", "may be null", "not null", "shop_item: the column price may be null in the database, must not be null in the models"),
        ("default", "price", None, "0", "shop_item: the column price has the default none in the database, 0 in the models"),
        ("check", "ck", "a", "b", "shop_item: the check ck is a in the database, b in the models"),
        ("foreign_key", "fk", "a", None, "shop_item: the foreign key fk (a) is missing in the models"),
        ("enum", "labels", "a", "a, b", "the enumeration shop_item has the labels a in the database, a, b in the models"),
    ],
)  # fmt: skip
def test_a_difference_is_a_sentence(kind: str, name: str, found: str | None, wanted: str | None, text: str) -> None:
    difference = Difference(table="shop_item", kind=kind, name=name, found=found, wanted=wanted)  # type: ignore[arg-type]
    assert difference_text(difference) == text


def test_comparing_waits_for_alembic_until_a_revision_runs() -> None:
    code = "import sys, hub_core.migrations, hub_core.operations.schemas.schema_check; print('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
