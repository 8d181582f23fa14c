"""Migrations of many modules: installing them beside the bare statements, and asking whether all are at their head."""

import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from benchmarks.timing import Comparison, print_comparison
from hub_core.database import DatabaseUrl, TableOwners, connect, parse_url
from hub_core.migrations import CORE_MIGRATIONS, Connections, Inside, MigrationSource, offline_sql, stamps, upgrade
from hub_core.operations.owning import with_tables_of
from hub_core.planning import ModuleState, RecordedModule
from hub_core.registry import owned_tables, record
from hub_core.testing.postgres_server import create_database, drop_database, running_postgres

MODULES = 100
ROUNDS = 5
REVISIONS = (
    """op.create_table("{name}_item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("label", sa.String(80)),
        sa.Column("price", sa.Integer, nullable=False, server_default="0"), sa.Column("made_at", sa.DateTime(timezone=True)))
    op.create_index("ix_{name}_item_label", "{name}_item", ["label"])""",
    """op.create_table("{name}_line", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("{name}_item.id")), sa.Column("count", sa.Integer))
    op.add_column("{name}_item", sa.Column("note", sa.String(200)))""",
    """op.create_index("ix_{name}_line_item_id", "{name}_line", ["item_id"])
    op.add_column("{name}_line", sa.Column("unit", sa.String(20)))""",
)
FILE = """\
import sqlalchemy as sa
from alembic import op

revision = "{name}_{number}"
down_revision = {follows!r}


def upgrade():
    {body}
"""
ENVIRONMENT = """\
from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table=context.config.attributes["version_table"])
with context.begin_transaction():
    context.run_migrations()
"""


def write_sources(folder: Path) -> tuple[MigrationSource, ...]:
    """The revisions of the modules, and for each a folder as Alembic's own commands want it."""
    return tuple(_source(folder, f"bench{number:03}") for number in range(MODULES))


def _source(folder: Path, name: str) -> MigrationSource:
    versions = folder / name / "versions"
    versions.mkdir(parents=True)
    (folder / name / "env.py").write_text(ENVIRONMENT)
    (folder / name / "script.py.mako").write_text("")
    for number, body in enumerate(REVISIONS, 1):
        follows = f"{name}_{number - 1}" if number > 1 else None
        text = FILE.format(name=name, number=number, follows=follows, body=body.format(name=name))
        (versions / f"{name}_{number}.py").write_text(text)
    return MigrationSource(module=name, folder=versions, table_prefix=f"{name}_")


@contextmanager
def databases(kind: str) -> Iterator[Callable[[], DatabaseUrl]]:
    """Makes databases that hold the core's tables, and nothing else."""
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        if kind == "sqlite":
            numbers = iter(range(10_000))
            yield lambda: _prepared(parse_url(f"sqlite:///{folder}/{next(numbers)}.db"))
            return
        with running_postgres() as server:
            made: list[str] = []

            def new() -> DatabaseUrl:
                made.append(create_database(server))
                return _prepared(parse_url(made[-1]))

            yield new
            for url in made:
                drop_database(server, url)


def _prepared(url: DatabaseUrl) -> DatabaseUrl:
    upgrade(url, CORE_MIGRATIONS, on_revision=lambda run: None)
    return url


def by_hub(url: DatabaseUrl, sources: tuple[MigrationSource, ...]) -> None:
    """As ``hub up`` does once modules are described: owners read, guarded, journaled, recorded."""
    prefixes = {source.table_prefix: source.module for source in sources} | {"hub_": "hub"}
    with Connections(url) as connections:
        owners = TableOwners(recorded=connections.read(owned_tables), prefixes=prefixes)
        for source in sources:
            row = RecordedModule(
                name=source.module,
                distribution=f"hub-module-{source.module}",
                version="1.0",
                hash="",
                state=ModuleState.ENABLED,
                revision=f"{source.module}_{len(REVISIONS)}",
                table_prefix=source.table_prefix,
            )
            inside = Inside(record=partial(record, module=row))
            upgrade(url, source, owners=owners, on_revision=lambda run: None, inside=inside, connections=connections)
            owners = connections.read(partial(with_tables_of, source.module, owners=owners))


def by_alembic(url: DatabaseUrl, sources: tuple[MigrationSource, ...]) -> None:
    """Alembic's own command for each module, on one connection each."""
    engine = create_engine(url.sync_url)
    for source in sources:
        config = Config()
        config.set_main_option("script_location", str(source.folder.parent))
        with engine.connect() as connection:
            config.attributes.update(connection=connection, version_table=source.version_table)
            command.upgrade(config, "head")
            connection.commit()
    engine.dispose()


def by_hand(url: DatabaseUrl, scripts: list[str]) -> None:
    """The same statements through the driver, a transaction for each module, as durable as the hub's."""
    if url.kind == "sqlite":
        lite = sqlite3.connect(url.sqlite_path, isolation_level=None)
        lite.execute("PRAGMA synchronous=FULL")
        for script in scripts:
            lite.executescript(script)
        lite.close()
        return
    with psycopg.connect(
        url.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as server:
        for script in scripts:
            server.execute(script.encode())


def in_turns(title: str, contestants: Mapping[str, Callable[[], Callable[[], None]]], rounds: int) -> Comparison:
    """Time what each contestant prepares, in turns; the preparation is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, prepare in contestants.items():
            run = prepare()
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return Comparison(title=title, medians={name: statistics.median(taken) for name, taken in seconds.items()})


async def migrating(_: object = None) -> None:
    """Both databases, one after the other."""
    for kind, goal in (("sqlite", "goal ≤ 2.0"), ("postgresql", "goal ≤ 3.0")):
        with TemporaryDirectory(prefix="hub-bench-") as folder, databases(kind) as new:
            sources = write_sources(Path(folder))
            _install(kind, goal, sources, new)
            _heads(kind, sources, new)


def _install(kind: str, goal: str, sources: tuple[MigrationSource, ...], new: Callable[[], DatabaseUrl]) -> None:
    empty = new()
    scripts = [_script(empty, source) for source in sources]
    contestants = {
        "raw DDL": lambda: _on(new(), lambda url: by_hand(url, scripts)),
        "hub": lambda: _on(new(), lambda url: by_hub(url, sources)),
        "alembic upgrade head": lambda: _on(new(), lambda url: by_alembic(url, sources)),
    }
    print_comparison(
        in_turns(f"Install {MODULES} modules of {len(REVISIONS)} revisions, {kind}", contestants, ROUNDS),
        ("hub", "raw DDL", goal),
        ("hub", "alembic upgrade head", ""),
    )


def _heads(kind: str, sources: tuple[MigrationSource, ...], new: Callable[[], DatabaseUrl]) -> None:
    done = new()
    by_hub(done, sources)

    def check(connection: Connection) -> None:
        assert len(stamps(connection, sources)) == MODULES
        connection.rollback()

    def connect_and_check() -> None:
        with connect(done, read_only=True) as connection:
            check(connection)

    with connect(done, read_only=True) as kept:
        contestants = {
            "hub, one query": lambda: lambda: check(kept),
            "hub, connecting first": lambda: connect_and_check,
            "alembic upgrade head, nothing to do": lambda: lambda: by_alembic(done, sources),
        }
        print_comparison(
            in_turns(f"Is everything at its head? {MODULES} modules, {kind}", contestants, ROUNDS * 3),
            ("hub, one query", "alembic upgrade head, nothing to do", "goal ≤ 0.01"),
            ("hub, connecting first", "alembic upgrade head, nothing to do", ""),
        )


def _on(url: DatabaseUrl, run: Callable[[DatabaseUrl], None]) -> Callable[[], None]:
    return lambda: run(url)


def _script(url: DatabaseUrl, source: MigrationSource) -> str:
    output = StringIO()
    offline_sql(url, source, target=None, output=output)
    return output.getvalue()
