"""The proof of gap-free numbers: two hub processes, sixteen clients each, every fifth issue fails at its COMMIT.

The failure comes from a deferred constraint trigger, so the number has been drawn, the handler has answered and only
the database says no: the latest moment at which a number could get lost.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import psycopg
import pytest

CLIENTS, INVOICES_EACH = 16, 10
INVOICES = "/api/v1/billing/invoices"
REFUSED = "refused at commit"
TRIGGER = f"""
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON billing_invoices DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.note = '{REFUSED}' AND NEW.status = 'issued') EXECUTE FUNCTION refuse();
"""


@contextmanager
def worker(folder: Path, database_url: str, *command: str) -> Iterator[dict[str, str]]:
    """Run ``hub`` with ``command`` until the block ends; what it printed as ``name: value`` until it was ready."""
    environment = {**os.environ, "HUB_DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"}
    with (folder / f"{command[0]}.log").open("w+") as log:  # not a pipe, which would fill up and stop the worker
        hub = subprocess.Popen(
            [Path(sys.executable).with_name("hub"), *command, "--port", "0"],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        assert hub.stdout is not None
        try:
            facts: dict[str, str] = {}
            for line in hub.stdout:
                name, _, value = line.strip().partition(": ")
                facts[name] = value
                if name == "token" or (name == "ready" and command[0] == "serve"):
                    break
            log.seek(0)
            assert "ready" in facts, log.read()
            yield facts
        finally:
            hub.terminate()
            with hub:
                hub.stdout.read()


@pytest.fixture
async def clients(tmp_path: Path, database_url: str) -> AsyncIterator[tuple[httpx2.AsyncClient, ...]]:
    """One client for each of two workers on one database."""
    with worker(tmp_path, database_url, "up", "--yes") as first, worker(tmp_path, database_url, "serve") as second:
        headers = {"Authorization": f"Bearer {first['token']}"}
        limits = httpx2.Limits(max_connections=CLIENTS)
        async with (
            httpx2.AsyncClient(base_url=first["ready"], headers=headers, limits=limits, timeout=60) as one,
            httpx2.AsyncClient(base_url=second["ready"], headers=headers, limits=limits, timeout=60) as two,
        ):
            yield one, two


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_no_number_is_lost_or_drawn_twice(clients: tuple[httpx2.AsyncClient, ...], database_url: str) -> None:
    customer = {"name": "Ada", "email": "ada@example.org", "address": ["1 Main St"], "country": "DE"}
    customer_id = (await clients[0].post("/api/v1/billing/customers", json=customer)).json()["id"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(TRIGGER)
    issued: list[str] = []
    refused: list[str] = []

    async def work(client: httpx2.AsyncClient, number: int) -> None:
        for turn in range(INVOICES_EACH):
            is_refused = (number + turn) % 5 == 0
            content: dict[str, Any] = {
                "customer_id": customer_id,
                "note": REFUSED if is_refused else "",
                "lines": [{"description": "Work", "unit_price_minor": 1000}],
            }
            draft = (await client.post(INVOICES, json=content)).json()["id"]
            answer = await client.post(f"{INVOICES}/{draft}/issue")
            if is_refused:
                assert answer.status_code >= 500, answer.text
                refused.append(draft)
            else:
                assert answer.status_code == 200, answer.text
                issued.append(answer.json()["number"])
            if turn == 1 and not is_refused:
                void = (await client.post(f"{INVOICES}/{draft}/void")).json()
                assert (void["status"], void["number"]) == ("void", answer.json()["number"])

    async with anyio.create_task_group() as group:
        for client in clients:
            for number in range(CLIENTS):
                group.start_soon(work, client, number)

    total = len(clients) * CLIENTS * INVOICES_EACH
    assert len(refused) == total // 5
    assert sorted(int(number.rpartition("-")[2]) for number in issued) == list(range(1, total - len(refused) + 1))
    with psycopg.connect(database_url) as connection:
        kept = connection.execute(
            "SELECT status, count(*), count(number) FROM billing_invoices GROUP BY status"
        ).fetchall()
    counted = {status: (rows, numbers) for status, rows, numbers in kept}
    assert counted.pop("draft") == (len(refused), 0)
    assert sum(numbers for _, numbers in counted.values()) == len(issued)
