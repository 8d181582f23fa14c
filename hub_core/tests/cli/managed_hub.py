"""A hub that serves, managed over HTTP only: what is asked for, and the events of each operation, read across restarts."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

PATIENCE_SECONDS = 90
TOKEN = re.compile(r'token"?: "?(hub_[\w-]+)')


@dataclass(frozen=True)
class ManagedHub:
    """Calls with the superuser's token; a hub that is replaced meanwhile lets callers wait, and seldom drops one."""

    address: str
    token: str

    def client(self, token: str | None = None) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return httpx2.Client(base_url=self.address, headers=headers, timeout=PATIENCE_SECONDS)

    def ask(self, module: str, action: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Ask for an operation under a key, so that it can be asked for again by who was cut off."""
        key = {"Idempotency-Key": uuid4().hex, **headers}
        return self.request("POST", f"/api/v1/modules/{module}/{action}", json=body, headers=key)

    def preview(self, module: str, action: str, body: Any = None) -> httpx2.Response:
        return self.request("POST", f"/api/v1/modules/{module}/{action}?dry_run=true", json=body)

    def get(self, path: str) -> Any:
        answer = self.request("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def request(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """The answer, also where the process that was asked was replaced meanwhile: a request has ``stop_seconds`` then."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self.client() as client:
                    answer = client.request(method, path, **more)
                if "Retry-After" not in answer.headers or time.monotonic() > until:
                    return answer
            except httpx2.TransportError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.2)

    def operation(self, operation: str) -> Any:
        return self.get(f"/api/v1/hub/operations/{operation}")

    def events(self, operation: str) -> Iterator[dict[str, Any]]:
        """All of them to the end; who is cut off goes on behind the last one."""
        last, until = 0, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            with suppress(httpx2.TransportError), self.client() as client:
                headers = {"Last-Event-ID": str(last)} if last else {}
                with client.stream("GET", f"/api/v1/hub/operations/{operation}/events", headers=headers) as answer:
                    assert answer.status_code == 200
                    assert answer.headers["content-type"].startswith("text/event-stream")
                    for line in answer.iter_lines():
                        if line.startswith("data: "):
                            event = json.loads(line.removeprefix("data: "))
                            assert event["number"] == last + 1, "each once, in order"
                            last = event["number"]
                            yield event
                            if event["kind"] == "end":
                                return
            time.sleep(0.1)
        raise AssertionError(f"no end of {operation} behind event {last}")

    def done(self, module: str, action: str, body: Any = None, **headers: str) -> Any:
        """Ask, and wait for the end: the operation."""
        answer = self.ask(module, action, body, **headers)
        assert answer.status_code == 202, answer.text
        *_, end = self.events(answer.json()["id"])
        told = self.operation(answer.json()["id"])
        assert (told["status"], told["outcome"]) == ("ended", end["text"])
        return told
