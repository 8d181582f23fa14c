"""The modules of the proofs: ``subject``, which is migrated while the process is killed, and ``witness``, which must serve."""

import base64
import hashlib
import json
import shutil
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hub_core.tests.sample_modules import SampleModules

WITNESS_READS: Final = "/api/v1/witness/rows"
SUBJECT_READS: Final = "/api/v1/subject/parents"

_ROUTE: Final = """
    from fastapi import APIRouter
    from hub_hookspecs.web import Session, public
    from sqlalchemy import text
    router = APIRouter(dependencies=[public()])

    @router.get("/{path}")
    async def read(session: Session) -> list[str]:
        return list(await session.scalars(text("SELECT {column} FROM {table} ORDER BY 1")))
"""
_REVISION: Final = """
import sqlalchemy as sa
from alembic import op

revision = "{module}_{number}"
down_revision = {follows!r}


def upgrade() -> None:
{body}

def downgrade() -> None:
{back}
"""


def revision(module: str, number: int, body: str, back: str = "pass") -> dict[str, str]:
    """The file of a module's revision, by its path in the package."""
    text = _REVISION.format(
        module=module,
        number=number,
        follows=f"{module}_{number - 1}" if number > 1 else None,
        body=textwrap.indent(textwrap.dedent(body).strip("\n") + "\n", "    "),
        back=textwrap.indent(textwrap.dedent(back).strip("\n") + "\n", "    "),
    )
    return {f"migrations/versions/{module}_{number}.py": text}


WITNESS: Final = {
    "routes/api/rows.py": _ROUTE.format(path="rows", column="name", table="witness_row"),
    **revision(
        "witness",
        1,
        """
        op.create_table("witness_row", sa.Column("name", sa.String(20), primary_key=True))
        op.execute("INSERT INTO witness_row VALUES ('shipped')")
        """,
    ),
}
SUBJECT_1: Final = {
    "routes/api/parents.py": _ROUTE.format(path="parents", column="name", table="subject_parent"),
    **revision(
        "subject",
        1,
        """
        op.create_table(
            "subject_parent",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("name", sa.String(20), nullable=False),
        )
        op.create_table(
            "subject_child",
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column(
                "parent_id",
                sa.Integer,
                sa.ForeignKey("subject_parent.id", name="fk_child_parent", ondelete="CASCADE"),
                nullable=False,
            ),
            sa.Column("text", sa.Text),
        )
        op.execute("INSERT INTO subject_parent VALUES (1, 'shipped')")
        """,
    ),
}
_CONSTRAINED: Final = (
    """
    op.create_index("ix_subject_child_parent_id", "subject_child", ["parent_id"])
    with op.batch_alter_table("subject_parent") as batch:
        batch.create_unique_constraint("uq_subject_parent_name", ["name"])
    """,
    """
    with op.batch_alter_table("subject_parent") as batch:
        batch.drop_constraint("uq_subject_parent_name", type_="unique")
    op.drop_index("ix_subject_child_parent_id", "subject_child")
    """,
)
"""An index and a constraint, there and back: nothing is lost on either way."""
SUBJECT_2: Final = {
    **SUBJECT_1,
    **revision(
        "subject",
        2,
        """
        op.create_table(
            "subject_tag",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("label", sa.String(20), nullable=False, server_default="none"),
            sa.Column("kind", sa.Enum("red", "blue", name="subject_kind")),
        )
        op.execute("INSERT INTO subject_tag (id, label) VALUES (1, 'first'), (2, 'second')")
        """,
        """
        op.drop_table("subject_tag")
        sa.Enum(name="subject_kind").drop(op.get_bind(), checkfirst=True)
        """,
    ),
    **revision(
        "subject",
        3,
        """
        with op.batch_alter_table("subject_parent") as batch:
            batch.add_column(sa.Column("price", sa.Integer, nullable=False, server_default="0"))
            batch.alter_column("name", existing_type=sa.String(20), type_=sa.String(40), existing_nullable=False)
        """,
        """
        with op.batch_alter_table("subject_parent") as batch:
            batch.alter_column("name", existing_type=sa.String(40), type_=sa.String(20), existing_nullable=False)
            batch.drop_column("price")
        """,
    ),
    **revision(
        "subject",
        4,
        """
        op.execute("UPDATE subject_parent SET price = id * 10, name = name || ' (priced)'")
        op.execute("UPDATE subject_child SET text = upper(text)")
        """,
        """
        op.execute("UPDATE subject_parent SET name = replace(name, ' (priced)', '')")
        op.execute("UPDATE subject_child SET text = lower(text)")
        """,
    ),
    **revision(
        "subject",
        5,
        *_CONSTRAINED,
    ),
}
REVERSIBLE: Final = {
    **SUBJECT_1,
    **{
        path: text.replace("import sqlalchemy", "safe_downgrade = True\nimport sqlalchemy")
        for path, text in {
            **revision(
                "subject",
                2,
                """
                with op.batch_alter_table("subject_parent") as batch:
                    batch.alter_column("name", existing_type=sa.String(20), type_=sa.String(40), existing_nullable=False)
                """,
                """
                with op.batch_alter_table("subject_parent") as batch:
                    batch.alter_column("name", existing_type=sa.String(40), type_=sa.String(20), existing_nullable=False)
                """,
            ),
            **revision(
                "subject",
                3,
                *_CONSTRAINED,
            ),
        }.items()
    },
}
RAISES: Final = revision(
    "subject",
    6,
    """
    op.create_table("subject_half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE subject_parent SET price = -1")
    op.execute("INSERT INTO subject_nowhere VALUES (1)")
    """,
)
MENDED: Final = revision(
    "subject",
    6,
    """
    op.create_table("subject_half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE subject_parent SET price = price + 1")
    """,
    "op.drop_table('subject_half')",
)

SEEDED: Final = {
    **SUBJECT_2,
    "models/__init__.py": """
        from hub_hookspecs.database import module_metadata
        from sqlalchemy import Enum, String
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

        class Base(DeclarativeBase):
            metadata = module_metadata("subject")

        class Tag(Base):
            __tablename__ = "subject_tag"
            id: Mapped[int] = mapped_column(primary_key=True)
            label: Mapped[str] = mapped_column(String(20), server_default="none")
            kind: Mapped[str | None] = mapped_column(Enum("red", "blue", name="subject_kind"))
    """,
    "data/tags.json": json.dumps(
        {
            "table": "subject_tag",
            "key": ["id"],
            "rows": [{"id": number, "label": f"seed {number}"} for number in (7, 8)],
        }
    ),
}
CONCURRENTLY: Final = {
    **SUBJECT_1,
    **revision(
        "subject",
        2,
        """
        op.create_table("subject_tag", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("UPDATE subject_child SET text = upper(text)")
        """,
    ),
    **{
        path: text.replace("import sqlalchemy", "transactional = False\nimport sqlalchemy")
        for path, text in revision(
            "subject",
            3,
            """
            op.create_index(
                "ix_subject_child_text", "subject_child", ["text"], postgresql_concurrently=True, if_not_exists=True
            )
            """,
        ).items()
    },
    **revision("subject", 4, "op.add_column('subject_parent', sa.Column('price', sa.Integer))"),
}
HOOKS: Final = {
    "__init__.py": """
        from hub_hookspecs import hookimpl
        from sqlalchemy import text

        def run(context, *statements):
            for each in statements:
                context.connection.execute(text(each))

        @hookimpl
        def hub_before_install(context):
            run(context, "SELECT 'hub_before_install once'", "SELECT 'hub_before_install again'")

        @hookimpl
        def hub_after_install(context):
            run(
                context,
                "INSERT INTO subject_parent (id, name) VALUES (201, 'hub_after_install')",
                "UPDATE subject_parent SET name = name || ' 2' WHERE id = 201",
            )

        @hookimpl
        def hub_before_upgrade(context):
            run(
                context,
                "UPDATE subject_child SET text = text || ' hub_before_upgrade'",
                "DELETE FROM subject_child WHERE id = 29",
            )

        @hookimpl
        def hub_after_upgrade(context):
            run(
                context,
                "INSERT INTO subject_parent (id, name) VALUES (202, 'hub_after_upgrade')",
                "UPDATE subject_child SET text = text || ' hub_after_upgrade'",
            )

        @hookimpl
        def hub_enabled(context):
            run(
                context,
                "INSERT INTO subject_parent (id, name) VALUES (203, 'hub_enabled')",
                "UPDATE subject_parent SET name = name || ' 2' WHERE id = 203",
            )

        @hookimpl
        def hub_disabled(context):
            run(
                context,
                "DELETE FROM subject_parent WHERE name LIKE 'hub_enabled%'",
                "INSERT INTO subject_parent (id, name) VALUES (204, 'hub_disabled')",
            )
    """
}
"""Each hook has two statements, so that it is killed before, between and behind them."""


def install(site: Path, modules: Mapping[str, Mapping[str, str]], *, versions: Mapping[str, str]) -> None:
    """Install modules into a new folder ``site``, each at its version or at 1.0, with the hashes that pip records."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    samples = SampleModules(site)
    for name, files in modules.items():
        package, version = samples.install(name, files), versions.get(name, "1.0")
        info = site / f"sample_{name}-1.0.dist-info"
        metadata = info / "METADATA"
        metadata.write_text(metadata.read_text().replace("Version: 1.0", f"Version: {version}"))
        written = sorted(path for path in package.rglob("*") if path.is_file())
        (info / "RECORD").write_text("".join(_recorded(path, site) for path in written))
        info.rename(site / f"sample_{name}-{version}.dist-info")


def _recorded(path: Path, site: Path) -> str:
    content = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return f"{path.relative_to(site)},sha256={digest},{len(content)}\n"
