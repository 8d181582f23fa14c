"""Modules whose lifecycle hooks tell when they are called and what they see; a test changes what one of them does."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from hub_core.database import connect, parse_url
from hub_core.operations.up import Raised, up
from hub_core.planning import Plan
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.kill.dump import Dump, postgresql_dump, sqlite_dump
from hub_core.tests.sample_modules import SampleModules

HOOKS: Final = (
    "before_install",
    "after_install",
    "before_upgrade",
    "after_upgrade",
    "enabled",
    "disabled",
)
TOP: Final = """
import asyncio, sys, time
from pathlib import Path
from hub_hookspecs import ChangeContext, ChangeRefused, hookimpl
from sqlalchemy import inspect, text

def tell(hook, context):
    connection = context.connection
    tables = [each for each in inspect(connection).get_table_names() if each.startswith("{name}_")]
    item = "{name}_item" in tables
    columns = [each["name"] for each in inspect(connection).get_columns("{name}_item")] if item else []
    rows = connection.scalar(text("SELECT count(*) FROM {name}_item")) if item else 0
    state = connection.scalar(text("SELECT state FROM hub_module WHERE name = '{name}'"))
    colour = getattr(context.settings, "colour", "-")
    with Path({told!r}).open("a") as file:
        print(context.name, hook, context.version, context.from_version, colour, "+".join(columns) or "-", rows, state, file=file)
"""
HOOK: Final = """
@hookimpl
def hub_{hook}(context):
    tell("{hook}", context)
    {body}
"""
CONFIG: Final = """
from pydantic import BaseModel
class Settings(BaseModel):
    colour: str = "blue"
"""
REVISION: Final = """
import sqlalchemy as sa
from alembic import op
{top}
revision = "{name}_{number}"
down_revision = {before!r}

def upgrade():
    {body}

def downgrade():
    pass
"""
FIRST: Final = "op.create_table('{name}_item', sa.Column('id', sa.Integer, primary_key=True)); op.execute('INSERT INTO {name}_item VALUES (7)')"
SECOND: Final = (
    "op.add_column('{name}_item', sa.Column('price', sa.Integer)); op.execute('UPDATE {name}_item SET price = 5')"
)
THIRD: Final = "op.create_index('ix_{name}_item_price', '{name}_item', ['price'])"
ALONE: Final = "transactional = False"


@dataclass
class Changing:
    """A hub in ``folder`` with the modules that a test installs."""

    folder: Path
    database_url: str
    samples: SampleModules
    hub_table: str = ""
    plans: list[Plan] = field(default_factory=list)
    _releases: int = 0
    _names: list[str] = field(default_factory=list)

    @property
    def settings(self) -> HubSettings:
        """As they are read in the folder."""
        return read_settings(self.folder, database_url=self.database_url)

    def install(
        self,
        version: str = "1.0",
        *bodies: str,
        name: str = "shop",
        requires: tuple[str, ...] = (),
        hooks: Mapping[str, str] | tuple[str, ...] = HOOKS,
        alone: tuple[int, ...] = (),
        more: str = "",
    ) -> None:
        """Make ``version`` of a module the installed one: with these revisions, and hooks that also do what is given.

        :param alone: the numbers of the revisions that run outside a transaction.
        """
        site, package = self.samples.site, f"sample_{name}"
        for old in (site / package, site / f"{package}-1.0.dist-info"):
            shutil.rmtree(old, ignore_errors=True)
        given = hooks if isinstance(hooks, Mapping) else dict.fromkeys(hooks, "pass")
        source = TOP.format(name=name, told=str(self.told_file)) if given else ""
        source += "".join(HOOK.format(hook=hook, body=body) for hook, body in given.items()) + more
        files = {"__init__.py": source, "config.py": CONFIG}
        for number, body in enumerate(bodies, 1):
            files[f"migrations/versions/{name}_{number}.py"] = REVISION.format(
                name=name,
                number=number,
                before=f"{name}_{number - 1}" if number > 1 else None,
                body=body.format(name=name),
                top=ALONE if number in alone else "",
            )
        self._releases += 1  # other files have another RECORD
        self.samples.install(name, {**files, f"release_{self._releases}.txt": ""}, requires=requires)
        metadata = site / f"{package}-1.0.dist-info" / "METADATA"
        metadata.write_text(metadata.read_text().replace("\nVersion: 1.0\n", f"\nVersion: {version}\n"))
        if name not in self._names:
            self._names.append(name)

    def seed(self, *rows: Mapping[str, Any], name: str = "shop") -> None:
        """Give the installed release a data file for ``item``."""
        package = self.samples.site / f"sample_{name}"
        models = (
            "import sqlalchemy as sa\nfrom hub_hookspecs.database import module_metadata\n"
            "class Base: metadata = module_metadata('{0}')\n"
            "sa.Table('{0}_item', Base.metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
        )
        (package / "models.py").write_text(models.format(name))
        (package / "data").mkdir()
        block = {"table": f"{name}_item", "key": ["id"], "rows": list(rows)}
        (package / "data" / "1.json").write_text(json.dumps(block))

    def remove(self, name: str) -> None:
        """Uninstall it as pip does."""
        for left in self.samples.site.glob(f"sample_{name}*"):
            shutil.rmtree(left)

    def up(self, *, disabled: tuple[str, ...] = (), placement: str = "shared") -> Raised:
        """``hub up``, without serving, in a process that has imported nothing of the modules."""
        self.samples.forget()
        wanted = "".join(
            f"[modules.{name}]\nenabled = {'false' if name in disabled else 'true'}\nplacement = {placement!r}\n"
            for name in self._names
        )
        colour = '[modules.shop.settings]\ncolour = "red"\n' if "shop" in self._names else ""
        (self.folder / "hub.toml").write_text(f"[hub]\n{self.hub_table}\n{wanted}{colour}")
        return up(self.settings, agree=self.plans.append, on_revision=lambda run: None)

    @property
    def told_file(self) -> Path:
        """Where hooks tell what they see."""
        return self.folder / "told.txt"

    def told(self) -> list[str]:
        """What the hooks told since this was asked last."""
        lines = self.told_file.read_text().splitlines() if self.told_file.exists() else []
        self.told_file.unlink(missing_ok=True)
        return lines

    def called(self) -> list[str]:
        """Module and name of the hooks that were called since."""
        return [" ".join(line.split()[:2]) for line in self.told()]

    def dump(self) -> Dump:
        """Everything of the modules and what the hub records of them."""
        if self.database_url.startswith("sqlite"):
            (self.folder / "copies").mkdir(exist_ok=True)
            found = sqlite_dump(Path(self.database_url.removeprefix("sqlite:///")), self.folder / "copies")
        else:
            found = postgresql_dump(self.database_url)
        return {owner: rows for owner, rows in found.items() if owner != "wishes"}

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a query answers."""
        with connect(parse_url(self.database_url)) as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def state(self, name: str = "shop") -> tuple[Any, ...] | None:
        """State, version and revision that are recorded."""
        found = self.ask(f"SELECT state, version, revision FROM hub_module WHERE name = '{name}'")
        return found[0] if found else None


def failure(raised: Raised, name: str = "shop") -> str:
    """Phase and cause of the one failure there must be."""
    (error,) = raised.errors
    assert error.module == name
    return f"{error.phase}: {error.cause}"
