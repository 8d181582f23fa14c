"""Notes over HTTP: written, listed, read, changed, deleted; and the page that shows them."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

NOTES = "/api/v1/notes/notes"
READ, WRITE = "notes.note.read", "notes.note.write"


@pytest.fixture
def writer(hub: Any) -> httpx2.AsyncClient:
    """Somebody who may read and write notes, and nothing else."""
    client: httpx2.AsyncClient = hub.as_principal(READ, WRITE)
    return client


async def test_a_note_is_written_and_read(writer: httpx2.AsyncClient) -> None:
    written = await writer.post(NOTES, json={"title": "Milk", "text": "two bottles\n½ fat 🥛"})
    assert written.status_code == 201
    note = written.json()
    assert (note["title"], note["text"]) == ("Milk", "two bottles\n½ fat 🥛")
    assert note["author"]
    assert note["created_at"].endswith("Z")
    read = await writer.get(f"{NOTES}/{note['id']}")
    assert (read.status_code, read.json()) == (200, note)


async def test_a_note_is_changed_in_what_is_given(writer: httpx2.AsyncClient) -> None:
    note = (await writer.post(NOTES, json={"title": "Milk", "text": "two bottles"})).json()
    changed = await writer.patch(f"{NOTES}/{note['id']}", json={"text": "three bottles"})
    assert changed.status_code == 200
    assert (changed.json()["title"], changed.json()["text"]) == ("Milk", "three bottles")
    assert changed.json()["updated_at"] > note["updated_at"]
    assert changed.json()["created_at"] == note["created_at"]
    assert (await writer.get(f"{NOTES}/{note['id']}")).json() == changed.json()
    assert (await writer.patch(f"{NOTES}/{note['id']}", json={"title": "Oat milk"})).json()["text"] == "three bottles"


async def test_a_deleted_note_is_gone(writer: httpx2.AsyncClient) -> None:
    note = (await writer.post(NOTES, json={"title": "Milk"})).json()
    deleted = await writer.delete(f"{NOTES}/{note['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for gone in (
        await writer.get(f"{NOTES}/{note['id']}"),
        await writer.patch(f"{NOTES}/{note['id']}", json={"title": "x"}),
        await writer.delete(f"{NOTES}/{note['id']}"),
    ):
        assert (gone.status_code, gone.json()["code"]) == (404, "notes.note_unknown")
    assert gone.json()["detail"] == f"there is no note {note['id']}; list them at {NOTES}"


async def test_pages_follow_each_other_newest_first(writer: httpx2.AsyncClient) -> None:
    made = [(await writer.post(NOTES, json={"title": f"Note {number}"})).json()["id"] for number in range(5)]
    first = (await writer.get(NOTES, params={"limit": "3"})).json()
    second = (await writer.get(NOTES, params={"limit": "3", "after": first["next"]})).json()
    assert [note["id"] for note in first["items"] + second["items"]] == sorted(made, reverse=True)
    assert second["next"] is None


async def test_the_list_is_filtered_by_author(writer: httpx2.AsyncClient) -> None:
    note = (await writer.post(NOTES, json={"title": "Mine"})).json()
    assert len((await writer.get(NOTES, params={"author": note["author"]})).json()["items"]) == 1
    assert (await writer.get(NOTES, params={"author": "nobody"})).json()["items"] == []


async def test_what_is_no_note_is_refused(writer: httpx2.AsyncClient) -> None:
    nul, long = {"title": "nul\x00"}, {"title": "x" * 201}
    for body in ({}, {"title": ""}, long, nul, {"title": "x", "text": "\x00"}, {"tittle": "x"}):
        answer = await writer.post(NOTES, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), body
    assert (await writer.get(NOTES)).json()["items"] == []


async def test_a_text_longer_than_the_settings_allow_is_refused(writer: httpx2.AsyncClient) -> None:
    note = (await writer.post(NOTES, json={"title": "Long", "text": "x" * 10_000})).json()
    for refused in (
        await writer.post(NOTES, json={"title": "Longer", "text": "x" * 10_001}),
        await writer.patch(f"{NOTES}/{note['id']}", json={"title": "Longer", "text": "x" * 10_001}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "notes.text_too_long")
        assert (refused.json()["length"], refused.json()["max_length"]) == (10_001, 10_000)
    assert (await writer.get(f"{NOTES}/{note['id']}")).json() == note


async def test_a_route_asks_for_its_permission_before_it_reads_the_body(hub: Any) -> None:
    note = f"{NOTES}/{uuid4()}"
    routes = [("GET", NOTES, READ), ("GET", note, READ), ("POST", NOTES, WRITE), ("PATCH", note, WRITE)]
    for method, path, permission in [*routes, ("DELETE", note, WRITE)]:
        content = {"content": b"no json"} if method in ("POST", "PATCH") else {}
        assert (await hub.client.request(method, path, **content)).status_code == 401, method
        other = hub.as_principal(*({READ, WRITE} - {permission}))
        assert (await other.request(method, path, **content)).status_code == 403, method
        allowed = hub.as_principal(permission)
        assert (await allowed.request(method, path, **content)).status_code not in (401, 403), method


async def test_the_page_lists_notes_and_escapes_them(hub: Any, writer: httpx2.AsyncClient) -> None:
    assert "No notes yet." in (await hub.as_principal(READ).get("/notes")).text
    await writer.post(NOTES, json={"title": "Older", "text": "first"})
    await writer.post(NOTES, json={"title": "Tags & <b>", "text": "<script>alert(1)</script>"})
    page = await hub.as_principal(READ).get("/notes", params={"limit": "1"})
    assert page.status_code == 200
    assert "Tags &amp; &lt;b&gt;" in page.text
    assert "<script>alert(1)</script>" not in page.text
    assert "Older notes" in page.text
