"""A hub in a folder whose modules are changed, and everything that its database holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.backups.backup import Backup, OnBackup
from hub_core.operations.change import Change, Changed, Telling
from hub_core.operations.changing import change
from hub_core.operations.up import up
from hub_core.planning import Plan
from hub_core.registry import OperationRow, operations, recorded
from hub_core.runtime import verified
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.kill.dump import postgresql_dump, sqlite_dump
from hub_core.tests.sample_modules import SampleModules

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{name}_{number}"
down_revision = {before!r}


def upgrade() -> None:
    {body}


def downgrade() -> None:
    raise RuntimeError("there is no way back")
"""
TABLE = 'op.create_table("{name}_item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))'
COLUMN = 'op.add_column("{name}_item", sa.Column("price", sa.Integer, server_default="7"))'
HUB_TOML = "# what runs here\n[modules.shop] # the shop\nenabled = true # sells\n"


def revision(name: str, number: int, body: str) -> dict[str, str]:
    before = f"{name}_{number - 1}" if number > 1 else None
    text = REVISION.format(name=name, number=number, before=before, body=body.format(name=name))
    return {f"migrations/versions/{name}_{number}.py": text}


def first(name: str) -> dict[str, str]:
    return revision(name, 1, TABLE)


@dataclass
class House:
    """A hub in a folder; the module ``shop`` is up in it, with a row."""

    settings: HubSettings
    samples: SampleModules
    plans: list[Plan] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)

    backups: list[Backup] = field(default_factory=list)
    on_backup: OnBackup | None = None

    def change(self, kind: Any, *names: str, **others: Any) -> Changed:
        telling = Telling(
            agree=self.plans.append,
            on_revision=lambda run: None,
            on_stage=self.stages.append,
            on_backup=self.on_backup or self.backups.append,
        )
        wanted = Change(kind=kind, names=names, **others)
        return change(self.settings, wanted, telling=telling, verify=partial(verified, self.settings))

    def up(self) -> None:
        up(self.settings, agree=lambda plan: None, on_revision=lambda run: None)

    def run(self, statement: str) -> list[Any]:
        with connect(parse_url(self.settings.effective_database_url)) as connection:
            result = connection.execute(text(statement))
            rows = list(result) if result.returns_rows else []
            connection.commit()
        return rows

    def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        with connect(parse_url(self.settings.effective_database_url)) as connection:
            return question(connection, *arguments)

    def states(self) -> dict[str, str]:
        return {name: row.state.value for name, row in self.read(recorded).items()}

    def last(self) -> OperationRow:
        return self.read(operations)[-1]  # type: ignore[no-any-return]

    def all(self, scratch: Path) -> Mapping[str, Any]:
        """Everything the database holds, but what the journal says of the attempt."""
        url = parse_url(self.settings.effective_database_url)
        return (
            sqlite_dump(url.sqlite_path, scratch)
            if url.kind == "sqlite"
            else postgresql_dump(self.settings.effective_database_url)
        )

    @property
    def document(self) -> str:
        return self.settings.config_file.read_text()


@pytest.fixture
def house(tmp_path: Path, database_url: str, samples: SampleModules, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATABASE_URL", database_url)
    (tmp_path / "hub.toml").write_text(HUB_TOML)
    samples.install("shop", first("shop"))
    house = House(read_settings(tmp_path), samples)
    house.up()
    house.run("INSERT INTO shop_item (id, name) VALUES (1, 'apple')")
    return house
