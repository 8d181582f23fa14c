"""What ``hub schema check`` says against a revision, tried on both databases; and that it says nothing against a good one."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hub_hookspecs.database import module_metadata
from sqlalchemy import text

from hub_core.database import DatabaseUrl, connect
from hub_core.migrations import LintFinding, MigrationSource, examine

FIRST = """
sa.Enum("draft", "sent", name="shop_status").create(op.get_bind(), checkfirst=True)
status = sa.String(5).with_variant(postgresql.ENUM("draft", "sent", name="shop_status", create_type=False), "postgresql")
op.create_table(
    "shop_item",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(50), nullable=True),
    sa.Column("price", sa.Integer(), server_default=sa.text("0"), nullable=False),
    sa.Column("status", status, nullable=True),
    sa.PrimaryKeyConstraint("id", name="pk_shop_item"),
    sa.CheckConstraint("price >= 0", name="ck_shop_item_price"),
)
"""
UNDO_FIRST = """
op.drop_table("shop_item")
sa.Enum("draft", "sent", name="shop_status").drop(op.get_bind(), checkfirst=True)
"""
FILE = '''"""A step."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shop_{number}"
down_revision = {follows!r}
{marks}

def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
Check = Callable[..., list[LintFinding]]


def indented(body: str) -> str:
    return "\n".join(f"    {line}" for line in body.strip().splitlines())


def owned(table: str) -> bool:
    return table.startswith("shop_") and not table.endswith("alembic_version")


@pytest.fixture
def source(tmp_path: Path) -> MigrationSource:
    folder = tmp_path / "versions"
    folder.mkdir()
    return MigrationSource(module="shop", folder=folder, table_prefix="shop_")


@pytest.fixture
def second(url: DatabaseUrl, source: MigrationSource) -> Check:
    """The findings of a second revision; the models are left out of it."""

    def checked(upgrade: str, downgrade: str = "raise NotImplementedError", marks: str = "") -> list[LintFinding]:
        steps = {1: (FIRST, UNDO_FIRST, ""), 2: (upgrade, downgrade, marks)}
        for number, (up, down, marking) in steps.items():
            content = FILE.format(
                number=number,
                follows="shop_1" if number > 1 else None,
                upgrade=indented(up),
                downgrade=indented(down),
                marks=marking,
            )
            (source.folder / f"shop_{number}.py").write_text(content)
        findings = examine(url, source, None, owned)
        assert [each for each in findings if each.file == "shop_1.py"] == []
        return [each for each in findings if each.code != "models_differ"]

    return checked


def batch(*steps: str) -> str:
    return "\n".join(['with op.batch_alter_table("shop_item") as item:', *(f"    item.{step}" for step in steps)])


def relabel(*labels: str) -> str:
    told = ", ".join(f"'{label}'" for label in labels)
    return f"""
old = sa.String(5).with_variant(postgresql.ENUM("draft", "sent", name="shop_status", create_type=False), "postgresql")
if op.get_bind().dialect.name == "postgresql":
    op.execute("ALTER TYPE shop_status RENAME TO shop_before")
    op.execute("CREATE TYPE shop_status AS ENUM ({told})")
    op.execute("ALTER TABLE shop_item ALTER COLUMN status TYPE shop_status USING status::text::shop_status")
    op.execute("DROP TYPE shop_before")
"""


FINDINGS: dict[str, tuple[str, set[str]]] = {
    "a table": ('op.drop_table("shop_item")', {"drop_table"}),
    "a column": (batch('drop_column("name")'), {"drop_column"}),
    "a column that comes again": (
        batch('drop_column("name")') + "\n" + batch('add_column(sa.Column("name", sa.String(50)))'),
        {"drop_column"},
    ),
    "a table by another name": ('op.rename_table("shop_item", "shop_thing")', {"rename_table"}),
    "a column by another name": (batch('alter_column("name", new_column_name="title")'), {"rename_column"}),
    "a shorter text": (batch('alter_column("name", type_=sa.String(20))'), {"narrow_type"}),
    "a smaller number": (batch('alter_column("price", type_=sa.SmallInteger())'), {"narrow_type"}),
    "another type": (
        batch('alter_column("name", type_=sa.LargeBinary(), postgresql_using="name::bytea")'),
        {"change_type"},
    ),
    "null no more": (batch('alter_column("name", nullable=False)'), {"not_null_added"}),
    "a new column that must not be null": (
        batch('add_column(sa.Column("size", sa.Integer()))') + "\n" + batch('alter_column("size", nullable=False)'),
        {"not_null_added"},
    ),
    "no default any more": (batch('alter_column("price", server_default=None)'), {"default_dropped"}),
    "a unique constraint": (batch('create_unique_constraint("uq_shop_item_name", ["name"])'), {"unique_added"}),
    "a unique index": (
        'op.create_index("ix_shop_item_name", "shop_item", ["name"], unique=True)',
        {"unique_added", "index_locks"},
    ),
    "a check": (batch('create_check_constraint("ck_shop_item_cheap", "price < 100")'), {"check_added"}),
    "a foreign key": (
        batch('create_foreign_key("fk_shop_item_price", "shop_item", ["price"], ["id"])'),
        {"foreign_key_added"},
    ),
    "a check gone": (batch('drop_constraint("ck_shop_item_price", type_="check")'), {"constraint_dropped"}),
    "an index": ('op.create_index("ix_shop_item_name", "shop_item", ["name"])', {"index_locks"}),
    "a statement that deletes": ('op.execute("DELETE FROM shop_item")', {"raw_sql"}),
    "a statement that drops": ('op.execute("DROP TABLE shop_item")', {"raw_sql", "drop_table"}),
    "a table of another": ('op.create_table("sales_order", sa.Column("id", sa.Integer()))', {"table_of_other"}),
    "a statement that fails": ('op.execute("SELECT nothing FROM nowhere")', {"revision_fails"}),
}


@pytest.mark.parametrize(("body", "codes"), FINDINGS.values(), ids=FINDINGS)
def test_what_destroys_breaks_or_locks_is_found(second: Check, body: str, codes: set[str]) -> None:
    found = {each.code for each in second(body)}
    assert found - {"downgrade_missing"} == codes
    assert "downgrade_missing" in found or "revision_fails" in codes


HARMLESS = {
    "a new table, with its own constraints": (
        (
            'op.create_table("shop_tag", sa.Column("id", sa.Integer(), nullable=False), sa.Column("name", sa.String(9), nullable=False),\n'
            '    sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("name"), sa.CheckConstraint("id > 0"))\n'
            'op.create_index("ix_shop_tag_name", "shop_tag", ["name"])'
        ),
        'op.drop_table("shop_tag")',
    ),
    "a column that may be null": (batch('add_column(sa.Column("note", sa.Text()))'), batch('drop_column("note")')),
    "a column with a default": (
        batch('add_column(sa.Column("size", sa.Integer(), server_default="1", nullable=False))'),
        batch('drop_column("size")'),
    ),
    "a new column that refers, is unique and is checked": (
        batch(
            'add_column(sa.Column("parent_id", sa.Integer()))',
            'create_foreign_key("fk_shop_item_parent_id", "shop_item", ["parent_id"], ["id"])',
            'create_unique_constraint("uq_shop_item_parent_id", ["parent_id"])',
            'create_check_constraint("ck_shop_item_parent_id", "parent_id > 0")',
        ),
        batch(
            'drop_constraint("ck_shop_item_parent_id", type_="check")',
            'drop_constraint("uq_shop_item_parent_id", type_="unique")',
            'drop_constraint("fk_shop_item_parent_id", type_="foreignkey")',
            'drop_column("parent_id")',
        ),
    ),
    "a longer text": (
        batch('alter_column("name", type_=sa.String(90))'),
        batch('alter_column("name", type_=sa.String(50))'),
    ),
    "a bigger number": (
        batch('alter_column("price", type_=sa.BigInteger())'),
        batch('alter_column("price", type_=sa.Integer())'),
    ),
    "an index built beside those who write": (
        'op.create_index("ix_shop_item_name", "shop_item", ["name"], postgresql_concurrently=True)',
        'op.drop_index("ix_shop_item_name", "shop_item", postgresql_concurrently=True)',
    ),
    "a statement that fills": (
        "op.execute(\"UPDATE shop_item SET name = '' WHERE name IS NULL\")",
        "op.execute(\"UPDATE shop_item SET name = NULL WHERE name = ''\")",
    ),
}


@pytest.mark.parametrize(("upgrade", "downgrade"), HARMLESS.values(), ids=HARMLESS)
def test_what_harms_nobody_is_not_told(second: Check, upgrade: str, downgrade: str) -> None:
    assert second(upgrade, downgrade) == []


def on_postgresql(*statements: str) -> str:
    lines = [f"    op.execute({statement!r})" for statement in statements]
    return "\n".join(['if op.get_bind().dialect.name == "postgresql":', *lines])


def made_anew(create: str) -> str:
    return f"""
if op.get_bind().dialect.name == "postgresql":
    op.execute("ALTER TYPE shop_status RENAME TO shop_before")
    {create}
    op.execute("ALTER TABLE shop_item ALTER COLUMN status TYPE shop_status USING status::text::shop_status")
    op.execute("DROP TYPE shop_before")
"""


LABELS = {
    "a label gone, with the type made by SQLAlchemy": (
        made_anew('sa.Enum("draft", name="shop_status").create(op.get_bind(), checkfirst=False)'),
        "sent",
    ),
    "a label gone, with the type made by its dialect": (
        made_anew('kind = postgresql.ENUM("draft", "it\'s", name="shop_status"); kind.create(op.get_bind())'),
        "sent",
    ),
    "a label gone": (relabel("draft"), "sent"),
    "a label by another name": (on_postgresql("ALTER TYPE shop_status RENAME VALUE 'sent' TO 'gone: it''s'"), "sent"),
    "a label by another name, and one more": (
        on_postgresql(
            "ALTER TYPE shop_status ADD VALUE 'void' BEFORE 'sent'",
            "alter type shop_status rename value 'draft' to 'first'",
        ),
        "draft",
    ),
}


@pytest.mark.parametrize(("body", "label"), LABELS.values(), ids=LABELS)
def test_a_label_that_goes_is_found_on_the_database_that_has_no_labels_too(
    second: Check, body: str, label: str
) -> None:
    (finding,) = [each for each in second(body) if each.code != "downgrade_missing"]
    assert (finding.level, finding.code) == ("warning", "label_removed")
    assert finding.text == (f"the enumeration shop_status loses {label}: workers of the release before may write it")


def test_a_label_that_comes_is_not_told(second: Check) -> None:
    """Nor does the revision after one that took a label away hear of it again."""
    found = second(on_postgresql("ALTER TYPE shop_status ADD VALUE 'void' AFTER 'draft'"))
    assert {each.code for each in found} <= {"downgrade_missing"}
    found = second(relabel("draft", "sent", "void"))
    assert {each.code for each in found} <= {"downgrade_missing"}


def test_a_label_that_went_is_told_of_the_revision_that_took_it(second: Check, source: MigrationSource) -> None:
    up, down = batch('add_column(sa.Column("note", sa.Text()))'), batch('drop_column("note")')
    third = FILE.format(number=3, follows="shop_2", upgrade=indented(up), downgrade=indented(down), marks="")
    (source.folder / "shop_3.py").write_text(third)
    found = [(each.file, each.code) for each in second(relabel("draft")) if each.code != "downgrade_missing"]
    assert found == [("shop_2.py", "label_removed")]


SAFE: dict[str, tuple[str, str, list[str]]] = {
    "a column": (
        batch('add_column(sa.Column("note", sa.Text()))'),
        batch('drop_column("note")'),
        ["downgrade_unsafe"],
    ),
    "a table": (
        'op.create_table("shop_tag", sa.Column("id", sa.Integer(), primary_key=True))',
        'op.drop_table("shop_tag")',
        ["downgrade_unsafe"],
    ),
    "an index": (
        batch('create_index("ix_shop_item_name", ["name"])'),
        'op.drop_index("ix_shop_item_name", "shop_item")',
        ["index_locks"],
    ),
}


@pytest.mark.parametrize(("up", "down", "codes"), SAFE.values(), ids=SAFE)
def test_who_says_that_a_way_back_is_safe_is_held_to_it(second: Check, up: str, down: str, codes: list[str]) -> None:
    assert [each.code for each in second(up, down, "safe_downgrade = True")] == codes
    assert "downgrade_unsafe" not in {each.code for each in second(up, down)}


@pytest.mark.parametrize("body", ["pass", "raise NotImplementedError", '"""Nothing."""'])
def test_an_empty_way_back_is_none(second: Check, body: str) -> None:
    (finding,) = second(batch('add_column(sa.Column("note", sa.Text()))'), body)
    assert (finding.level, finding.code) == ("error", "downgrade_missing")


def test_a_way_back_that_fails_is_told_with_its_error(second: Check) -> None:
    (finding,) = second(batch('add_column(sa.Column("note", sa.Text()))'), 'op.drop_table("shop_nowhere")')
    assert finding.code == "downgrade_fails"
    assert "shop_nowhere" in finding.text


def test_a_way_back_that_leaves_something_is_told_in_words(second: Check) -> None:
    up = batch('add_column(sa.Column("note", sa.Text()))', 'add_column(sa.Column("more", sa.Text()))')
    (finding,) = second(up, batch('drop_column("note")'))
    assert finding.code == "downgrade_differs"
    told = "its way back does not lead back: shop_item: the column more (text, may be null) is missing in what was"
    assert finding.text.replace("TEXT", "text") == told


def test_a_way_back_that_leaves_something_does_not_disturb_the_next_revision(
    second: Check, source: MigrationSource
) -> None:
    third = FILE.format(
        number=3,
        follows="shop_2",
        upgrade=indented(batch('alter_column("note", type_=sa.String(9))')),
        downgrade=indented(batch('alter_column("note", type_=sa.String(5))')),
        marks="",
    )
    (source.folder / "shop_3.py").write_text(third)
    up = batch('add_column(sa.Column("note", sa.String(5)))', 'add_column(sa.Column("more", sa.Text()))')
    assert [each.code for each in second(up, batch('drop_column("note")'))] == ["downgrade_differs"]


def test_a_finding_that_its_author_accepts_is_shown_as_accepted(second: Check) -> None:
    up, down = batch('drop_column("name")'), batch('add_column(sa.Column("name", sa.String(50)))')
    (finding,) = second(up, down, 'accepts = ("drop_column",)\n')
    assert (finding.code, finding.accepted) == ("drop_column", True)
    (finding,) = second(up, down, 'accepts = ("drop_table",)\n')
    assert not finding.accepted


def test_only_revisions_after_the_one_named_are_linted(
    second: Check, url: DatabaseUrl, source: MigrationSource
) -> None:
    assert "drop_column" in {each.code for each in second(batch('drop_column("name")'))}
    assert {each.code for each in examine(url, source, None, owned, since="shop_2")} == {"models_differ"}


def test_nothing_of_a_trial_stays(second: Check, url: DatabaseUrl) -> None:
    second(batch('drop_column("name")'))
    with connect(url) as connection:
        if url.kind == "sqlite":
            assert connection.scalar(text("SELECT count(*) FROM sqlite_master")) == 0
        else:
            statement = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {}"
            assert connection.scalar(text(statement.format("nspname = 'public'"))) == 0
            assert connection.scalar(text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'hub%'")) == 0


def test_the_models_are_held_against_what_the_revisions_make(
    second: Check, url: DatabaseUrl, source: MigrationSource
) -> None:
    second('op.create_table("shop_extra", sa.Column("id", sa.Integer()))', 'op.drop_table("shop_extra")')
    metadata = module_metadata("shop")
    sa.Table("shop_item", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("size", sa.Integer))
    sa.Table("sales_order", metadata, sa.Column("state", sa.Enum("a", name="state")))
    texts = {(each.code, each.text) for each in examine(url, source, metadata, owned)}
    assert ("models_differ", "shop_extra: the table is missing in the models") in texts
    assert (
        "models_differ",
        "shop_item: the column size (INTEGER, may be null) is missing in what the revisions make",
    ) in {(code, told.replace("integer", "INTEGER")) for code, told in texts}
    assert ("table_of_other", "the models declare sales_order, which is a table of another module") in texts
    assert "type_of_other" in {code for code, _ in texts}


def test_models_that_no_database_takes_are_told(url: DatabaseUrl, source: MigrationSource) -> None:
    metadata = module_metadata("shop")
    sa.Table("shop_item", metadata, sa.Column("x", sa.Enum("a", native_enum=False, create_constraint=True)))
    (finding,) = examine(url, source, metadata, owned)
    assert (finding.level, finding.code) == ("error", "models_refused")
    assert "named" in finding.text


def test_faults_of_the_chain_are_told_with_the_files(url: DatabaseUrl, source: MigrationSource) -> None:
    for name in ("1", "2"):
        (source.folder / f"{name}.py").write_text("revision = 'shop_1'\ndown_revision = None\n")
    (finding, *_) = examine(url, source, None, owned)
    assert (finding.level, finding.code) == ("error", "migrations_invalid")
    assert "1.py and 2.py have the same revision 'shop_1'" in finding.text
