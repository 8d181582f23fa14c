"""Small chains of revisions, written where a module would have them, and a dump of everything a schema consists of."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from hub_core.database import DatabaseUrl, connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, MigrationSource, RevisionRun, upgrade

Write = Callable[..., MigrationSource]
Dump = Callable[[], list[tuple[object, ...]]]

SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
POSTGRESQL_SCHEMA = """
    SELECT 'relation', c.relname::text, c.relkind::text, coalesce(pg_get_indexdef(c.oid), '')
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column', a.attrelid::regclass::text, a.attname::text, format_type(a.atttypid, a.atttypmod) || a.attnotnull
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'type', typname::text, typtype::text, '' FROM pg_type WHERE typnamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


@pytest.fixture
def url(database_url: str) -> DatabaseUrl:
    return parse_url(database_url)


@pytest.fixture
def core(url: DatabaseUrl) -> None:
    """The core's own tables, with the journal."""
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the revisions of a module, each the body of an ``upgrade``; the first is ``<module>_1``."""

    def written(*bodies: str, module: str = "shop") -> MigrationSource:
        folder = tmp_path / module / "migrations" / "versions"
        folder.mkdir(parents=True, exist_ok=True)
        for number, body in enumerate(bodies, 1):
            follows = f"{module}_{number - 1}" if number > 1 else None
            (folder / f"{module}_{number}.py").write_text(
                "import sqlalchemy as sa\nfrom alembic import op\n"
                f"revision = '{module}_{number}'\ndown_revision = {follows!r}\n\n\n"
                f"def upgrade():\n    {body}\n"
            )
        return MigrationSource(module=module, folder=folder, table_prefix=f"{module}_")

    return written


@pytest.fixture
def dump(url: DatabaseUrl) -> Dump:
    """Everything the schema consists of."""

    def dumped() -> list[tuple[object, ...]]:
        with connect(url) as connection:
            statement = SQLITE_SCHEMA if url.kind == "sqlite" else POSTGRESQL_SCHEMA
            return [tuple(row) for row in connection.execute(text(statement))]

    return dumped


@pytest.fixture
def told() -> list[RevisionRun]:
    """The revisions that were reported while they ran."""
    return []
