"""A module ``shop`` in two releases: the second changes the table of the first, while a hub with the first one serves."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx2
from sqlalchemy import inspect, text

from hub_core.database import Database, DatabaseUrl, connect, parse_url
from hub_core.loading import probe_here
from hub_core.operations.describing.descriptions import Descriptions
from hub_core.operations.up import Raised, up
from hub_core.runtime import Hub
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules
from hub_core.web import application

FIRST = """
    import sqlalchemy as sa
    from alembic import op

    revision = "shop_0001"
    down_revision = None

    def upgrade() -> None:
        op.create_table("shop_item", sa.Column("id", sa.Integer, primary_key=True))
        op.execute("INSERT INTO shop_item VALUES (7)")
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "shop_0002"
down_revision = "shop_0001"

def upgrade() -> None:
    op.create_table("shop_more", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    {slow}
    op.bulk_insert(sa.table("shop_more", sa.column("id"), sa.column("text")),
        [{{"id": number, "text": f"{{number:03}}" * 300}} for number in range(100)])
    op.add_column("shop_item", sa.Column("price", sa.Integer))
    op.execute("UPDATE shop_item SET price = 5")
"""
ROUTES = """
    from fastapi import APIRouter
    from hub_hookspecs.web import Session, public
    from sqlalchemy import text
    router = APIRouter(dependencies=[public()])
    @router.get("/open")
    async def is_open() -> bool:
        return True
    @router.get("/items")
    async def items(session: Session) -> list[int]:
        return list((await session.scalars(text("SELECT id FROM shop_item"))).all())
"""
JOURNAL = ("hub_migration", "hub_operation", "hub_audit")
"""What is written of a failure too; everything else must be as it was."""
WHEN = ("applied_at",)
"""When hub.toml was last read, which also an operation does that then fails."""


@dataclass(slots=True)
class Shop:
    """The module, its folder and the hub's."""

    samples: SampleModules
    folder: Path
    package: Path = field(init=False)

    def __post_init__(self) -> None:
        files = {"migrations/versions/shop_0001.py": FIRST, "routes/api/shop.py": ROUTES}
        self.package = self.samples.install("shop", files)
        only(self.folder, "shop")

    def release_second(self, slow: str = "pass") -> None:
        """Put the second release on disk; ``slow`` is a statement that it runs half way."""
        (self.package / "migrations" / "versions" / "shop_0002.py").write_text(SECOND.format(slow=slow))
        self.samples.forget()

    def settings(self, url: str) -> HubSettings:
        return read_settings(self.folder, database_url=url, log_requests=False)

    def up(self, url: str) -> list[str]:
        """``hub up`` in this process; answers the causes of what failed."""
        raised = self._up(url)
        return [str(error.__cause__) for error in raised.errors]

    def _up(self, url: str) -> Raised:
        settings = self.settings(url)
        descriptions = Descriptions(settings, probe_here)
        return up(settings, agree=lambda plan: None, on_revision=lambda run: None, descriptions=descriptions)

    def migrate(self, url: str) -> "subprocess.Popen[str]":
        """``hub migrate`` in another process."""
        path = os.pathsep.join([str(self.samples.site), *sys.path])
        environment = {**os.environ, "PYTHONPATH": path, "HUB_DATABASE_URL": url, "COLUMNS": "1000"}
        return subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys; from hub_core.cli.main import main; sys.exit(main())",
                "migrate",
                "--yes",
            ],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @asynccontextmanager
    async def old_hub(self, url: str) -> AsyncIterator[httpx2.AsyncClient]:
        """A hub that came up with what is on disk now, and goes on serving it whatever happens on disk."""
        settings = self.settings(url)
        raised = self._up(url)
        assert raised.errors == ()
        hub = Hub(settings, Database(parse_url(url)), raised.standing, preload=True)
        transport = httpx2.ASGITransport(app=application(hub))
        await hub.start()
        try:
            async with httpx2.AsyncClient(transport=transport, base_url="http://hub.test") as client:
                yield client
        finally:
            await hub.stop()


async def answers_until_ended(client: httpx2.AsyncClient, process: "subprocess.Popen[str]", path: str) -> list[float]:
    """Ask for ``path`` again and again while ``process`` runs; every answer is 200. Answers how long each took."""
    took: list[float] = []
    while process.poll() is None:
        begun = time.monotonic()
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        took.append(time.monotonic() - begun)
        await anyio.sleep(0.05)
    return took


def state(url: str) -> dict[str, list[str]]:
    """Every table with its columns and rows; of the journal the columns only."""
    with connect(parse_url(url)) as connection:
        found = inspect(connection)
        kept: dict[str, list[str]] = {}
        for name in sorted(found.get_table_names()):
            columns = found.get_columns(name)
            kept[name] = [f"{column['name']} {column['type']} {column['nullable']}" for column in columns]
            if name not in JOURNAL:
                names = ", ".join(f'"{column["name"]}"' for column in columns if column["name"] not in WHEN)
                kept[name] += sorted(map(repr, connection.execute(text(f'SELECT {names} FROM "{name}"'))))
        return kept


def schema_revision(url: DatabaseUrl) -> str | None:
    """What the version table of shop says."""
    with connect(url) as connection:
        at: str | None = connection.scalar(text("SELECT version_num FROM shop_alembic_version"))
    return at
