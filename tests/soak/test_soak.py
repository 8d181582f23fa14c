"""Clients write and read for ``HUB_SOAK_SECONDS`` (120): every answer is as expected, numbers have no gap, memory settles."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from tests.wheels.billing_calls import issued_invoice, made
from tests.wheels.hub_process import HubProcess, hub_up

SECONDS = float(os.environ.get("HUB_SOAK_SECONDS", "120"))
CLIENTS = 8
GROWTH = 1.25
HUB = Path(sys.executable).with_name("hub")


def memory(process_id: int) -> int:
    """The resident memory of a process, in KiB."""
    return int(subprocess.run(["ps", "-o", "rss=", "-p", str(process_id)], capture_output=True, check=True).stdout)


def work(hub: HubProcess, until: float) -> tuple[int, list[int]]:
    """Be one client: how many rounds it did, and the numbers of the invoices it issued."""
    numbers: list[int] = []
    rounds = 0
    with hub.client(hub.token) as client, hub.client(None) as stranger:
        while time.monotonic() < until:
            rounds += 1
            note = made(client.post("/api/v1/notes/notes", json={"title": f"Round {rounds}"}))
            assert client.get(f"/api/v1/notes/notes/{note['id']}").json() == note
            assert stranger.post("/api/v1/notes/notes", content=b"{").status_code == 401
            assert client.post("/api/v1/notes/notes", json={"tittle": ""}).status_code == 422
            numbers.append(number_of(client))
    return rounds, numbers


def number_of(client: httpx2.Client) -> int:
    """Issue an invoice: its number without the prefix."""
    return int(str(issued_invoice(client)["number"]).rpartition("-")[2])


def test_a_hub_under_load_neither_fails_nor_grows(tmp_path: Path, database_url: str) -> None:
    with hub_up(HUB, tmp_path, database_url, HUB_LOG_REQUESTS="false") as running:
        started = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as pool:
            busy = [pool.submit(work, running, started + SECONDS) for _ in range(CLIENTS)]
            while time.monotonic() < started + SECONDS / 3:
                time.sleep(0.5)
            warm = memory(running.process_id)
            done = [each.result() for each in busy]
        grown = memory(running.process_id)
        numbers = sorted(number for _, found in done for number in found)
        print(f"\n{sum(rounds for rounds, _ in done)} rounds, {warm} KiB after a third, {grown} KiB at the end")
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "invoice numbers have a gap or a double"
        assert grown < warm * GROWTH
        assert running.interrupt() in (0, 130)
