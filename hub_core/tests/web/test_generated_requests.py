"""Requests that a machine thinks of, from the OpenAPI document: none is answered by a bug, none learns what is behind.

``HUB_TEST_EXAMPLES`` (8) says how many for each operation, once such as fit the document and once such as do not.
"""

import json
import os
import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
import schemathesis
from hub_hookspecs import uuid7
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core import NotSet

from hub_core.testing.running_hub import RunningHub

EXAMPLES = int(os.environ.get("HUB_TEST_EXAMPLES", "8"))
INTERNALS = ("Traceback", 'File "', "site-packages", "SELECT ", "INSERT ", "sqlalchemy", "psycopg", "sqlite3")
REFERENCE = re.compile(r'(\w+?)(s/|_id": ")[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
"""``plans/<id>`` in a path, ``"plan_id": "<id>"`` in a body."""
SEED_FIRST = ("customers", "plans", "notes", "intents", "subscriptions", "invoices")


@pytest.mark.timeout(3600)
async def test_no_generated_request_is_answered_by_a_bug(hub: RunningHub) -> None:
    document = (await hub.client.get("/openapi.json")).text
    wanted = {"amount": {"minor": 1000, "currency": "EUR"}, "reference": "seed"}
    headers = {"Idempotency-Key": "seed"}
    intent = await hub.as_superuser.post("/api/v1/payments/intents", json=wanted, headers=headers)
    assert intent.status_code == 201, "no machine guesses a currency"
    sending = Sending(hub, intent=intent.json()["id"])
    operations = sorted((each for each in labels(document) if not manages(each)), key=order)
    assert len(operations) > 30
    for label in operations:
        for mode in GenerationMode:
            for number, case in enumerate(cases(document, label, mode)):
                sending.check(case, await sending.send(case, with_known_ids=number % 2 == 0))
    assert sending.answered >= {200, 201, 204, 404, 409, 422}, "the requests reach what they are meant to try"


def manages(label: str) -> bool:
    """Whether it starts a process, which another test tries less often."""
    return any(path in label for path in ("/api/v1/modules/{name}/", "/api/v1/hub/"))


def order(label: str) -> tuple[bool, int, str]:
    """First what makes something, so that later requests find it; last what deletes."""
    method, _, path = label.partition(" ")
    last = path.rpartition("/")[2]
    makes = method == "POST" and last in SEED_FIRST
    return method == "DELETE", SEED_FIRST.index(last) if makes else len(SEED_FIRST), label


@cache
def schema(document: str) -> Any:
    return schemathesis.openapi.from_dict(json.loads(document))


def labels(document: str) -> list[str]:
    return [result.ok().label for result in schema(document).get_all_operations()]


@cache
def cases(document: str, label: str, mode: GenerationMode) -> Sequence[Case[Any]]:
    """The same ones in every run; none where nothing can be wrong."""
    method, _, path = label.partition(" ")
    found: list[Case[Any]] = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(schema(document)[path][method].as_strategy(generation_mode=mode))
    def collect(case: Case[Any]) -> None:
        found.append(case)

    try:
        collect()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
    return found


def text_of(body: Any) -> str:
    """A body as it is sent: text as it is, nothing as nothing, all else as JSON."""
    if isinstance(body, NotSet):
        return ""
    return body.decode("latin-1") if isinstance(body, bytes) else json.dumps(body)


class Sending:
    """Sends cases as the superuser. It remembers the ids of what was made, for later cases to use instead of theirs."""

    def __init__(self, hub: RunningHub, **known: str) -> None:
        assert hub.raised.token is not None
        self._client, self._secret = hub.as_superuser, hub.raised.token.text
        self._known = {kind: [each] for kind, each in known.items()}
        self.answered: set[int] = set()

    async def send(self, case: Case[Any], *, with_known_ids: bool) -> httpx2.Response:
        known = self._with_known_ids if with_known_ids else str
        body = known(text_of(case.body)).encode()
        given_headers = {"Content-Type": case.media_type or "application/json", **dict(case.headers or {})}
        given_headers = {name: value for name, value in given_headers.items() if name.lower() != "authorization"}
        answer = await self._client.request(
            case.method,
            known(case.formatted_path),
            params={name: value for name, value in (case.query or {}).items() if value is not None},
            headers=[(str(name).encode(), str(value).encode()) for name, value in given_headers.items()],
            content=body,
        )
        if answer.status_code == 201:
            kind = case.formatted_path.rpartition("/")[2].removesuffix("s")
            self._known.setdefault(kind, []).append(answer.json()["id"])
        return answer

    def _with_known_ids(self, text: str) -> str:
        return REFERENCE.sub(lambda found: f"{found[1]}{found[2]}{self._known_id(found[1])}", text)

    def _known_id(self, kind: str) -> str:
        known = self._known.setdefault(kind, [str(uuid7())])
        known.append(known.pop(0))
        return known[-1]

    def check(self, case: Case[Any], answer: httpx2.Response) -> None:
        self.answered.add(answer.status_code)
        told = f"{case.as_curl_command()}\n{answer.status_code} {answer.text[:1000]}"
        assert answer.status_code < 500, told
        assert self._secret not in answer.text + str(answer.headers), told
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", told
            problem = answer.json()
            assert {"type", "title", "status", "detail", "code", "request_id"} <= set(problem), told
            sent = (
                f"{unquote(case.formatted_path)}{case.query}{case.body!r}"  # the generator reads strings from this file
            )
            assert not any(word in answer.text and word not in sent for word in INTERNALS), told
