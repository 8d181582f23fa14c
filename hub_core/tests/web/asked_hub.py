"""A hub in this process whose operations are carried out by processes beside it, which see the sample modules of the test."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub_core.database import connect, parse_url
from hub_core.registry import AuditRow, audited, operations, recorded
from hub_core.testing.running_hub import RunningHub, running_hub
from hub_core.tests.sample_hub import only
from hub_core.tests.sample_modules import SampleModules

REVISION = """
    import time
    from pathlib import Path

    import sqlalchemy as sa
    from alembic import op

    revision = "slow_1"
    down_revision = None


    def upgrade() -> None:
        op.create_table("slow_item", sa.Column("id", sa.Integer, primary_key=True))
        place = Path({place!r})
        if place.exists():
            (place / "reached").touch()
            while not (place / "free").exists():
                time.sleep(0.05)


    def downgrade() -> None:
        op.drop_table("slow_item")
"""


@dataclass(frozen=True)
class AskedHub:
    """The running hub, its database, and the module ``slow``, whose migration waits where a folder ``gate`` is there."""

    running: RunningHub
    url: str
    folder: Path

    @property
    def gate(self) -> Path:
        return self.folder / "gate"

    async def ask(self, module: str, action: str, body: Any = None, **headers: str) -> Any:
        path = f"/api/v1/modules/{module}/{action}"
        return await self.running.as_superuser.post(path, json=body, headers=headers)

    async def ended(self, operation: str) -> Any:
        """Read its events to the end, and answer it."""
        path = f"/api/v1/hub/operations/{operation}"
        events = await self.running.as_superuser.get(f"{path}/events")
        assert "event: end" in events.text
        return (await self.running.as_superuser.get(path)).json()

    async def done(self, module: str, action: str, body: Any = None) -> Any:
        answer = await self.ask(module, action, body)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["id"])

    async def reaches_the_gate(self) -> None:
        await eventually((self.gate / "reached").exists)

    def audit(self) -> tuple[AuditRow, ...]:
        with connect(parse_url(self.url), read_only=True) as connection:
            return audited(connection)

    def states(self) -> dict[str, str]:
        with connect(parse_url(self.url), read_only=True) as connection:
            return {name: row.state.value for name, row in recorded(connection).items()}

    def journal(self) -> list[tuple[str, str | None]]:
        with connect(parse_url(self.url), read_only=True) as connection:
            return [(row.kind, row.outcome) for row in operations(connection)]


async def eventually(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - another process brings it about
        await asyncio.sleep(0.05)


def processes_of(operation: str) -> Iterator[int]:
    """Those that attend to it or carry it out."""
    for found in Path("/proc").glob("[0-9]*"):
        try:
            variables = (found / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names = (b"HUB_ATTEND=", b"HUB_REQUEST=")
        if any(each.startswith(names) and operation.encode() in each for each in variables):
            yield int(found.name)


def kill_processes_of(operation: str) -> int:
    """End all of them at once, as a machine would that goes down."""
    found = list(processes_of(operation))
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
    return len(found)


def end_operations(folder: Path) -> None:
    """Leave no process behind."""
    for events in folder.glob(".hub/operations/*.jsonl"):
        kill_processes_of(events.stem)


@asynccontextmanager
async def asked_hub(
    folder: Path, database_url: str, samples: SampleModules, patching: pytest.MonkeyPatch, *modules: str
) -> AsyncIterator[AskedHub]:
    patching.setenv("PYTHONPATH", str(samples.site))
    samples.install("slow", {"migrations/versions/slow_1.py": REVISION.format(place=str(folder / "gate"))})
    samples.install("shop")
    samples.install("till", requires=("sample-shop",))
    only(folder, *modules)
    try:
        async with running_hub(folder, database_url, {}) as running:
            yield AskedHub(running, database_url, folder)
    finally:  # a test that failed leaves processes that wait
        end_operations(folder)
