"""Demo data is there when it is asked for, as any note that somebody wrote."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def with_demo_data(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("[modules.notes]\nenabled = true\ndemo = true\n")


async def test_demo_notes_are_read_and_deleted(hub: Any) -> None:
    client = hub.as_superuser
    notes = (await client.get("/api/v1/notes/notes")).json()["items"]
    assert {note["title"] for note in notes} == {"Welcome (demo)", "Shopping (demo)"}
    assert all(note["author"] == "demo" and note["created_at"] for note in notes)
    assert (await client.delete(f"/api/v1/notes/notes/{notes[0]['id']}")).status_code == 204
