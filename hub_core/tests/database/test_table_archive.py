"""An archive of tables is read whole or refused, wherever it was cut or changed."""

import gzip
import io
import tarfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub_core.database import (
    BackupContent,
    BackupUnreadable,
    ModuleContent,
    TableContent,
    read_archive,
    table_archive,
    write_archive,
)

ROWS = {"shop_item": [b"1\tone\n", b"2\t\\N\n", b"3\ta\\nb\n"] * 200, "shop_empty": [], "shop_log": [b"x\n"]}


def content(tables: Sequence[TableContent]) -> BackupContent:
    module = ModuleContent(
        name="shop",
        distribution="shop",
        version="1.0",
        hash="",
        state="enabled",
        revision="shop_1",
        table_prefix="shop_",
        placement="shared",
        tables=tuple(tables),
        sequences={"shop_item_id_seq": (7, True)},
        seeds=({"table": "shop_item", "key": "1", "values": {"name": "é"}, "at": "2026-01-02"},),
    )
    return BackupContent(
        kind="postgresql",
        made_for="shop",
        hub_version="1",
        at=datetime(2026, 1, 2, tzinfo=UTC),
        modules={"shop": module},
    )


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(table_archive, "PIECE_BYTES", 1000)
    path = tmp_path / "shop.tar.gz"
    write_archive(path, ((name, ("a", "b"), nullcontext(rows)) for name, rows in ROWS.items()), content)
    return path


def test_what_was_written_is_read_in_pieces(archive: Path) -> None:
    pieces: list[tuple[int, bytes]] = []
    read = read_archive(archive, lambda number, piece: pieces.append((number, piece)))
    assert b"".join(piece for number, piece in pieces if number == 0) == b"".join(ROWS["shop_item"])
    assert [piece for number, piece in pieces if number] == [b"x\n"]
    assert max(len(piece) for _, piece in pieces) < 1010
    assert len(pieces) > 4
    assert [(table.name, table.rows) for table in read.modules["shop"].tables] == [
        ("shop_item", 600),
        ("shop_empty", 0),
        ("shop_log", 1),
    ]
    assert read == content(read.modules["shop"].tables)


def test_an_archive_that_was_cut_anywhere_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    for length in range(0, len(whole), 7):
        archive.write_bytes(whole[:length])
        with pytest.raises(BackupUnreadable):
            read_archive(archive)


def test_an_archive_that_was_changed_anywhere_is_refused_or_says_the_same(archive: Path) -> None:
    whole = archive.read_bytes()
    said, refused = gzip.decompress(whole), 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        archive.write_bytes(changed)
        try:
            read_archive(archive)
        except BackupUnreadable:
            refused += 1
        else:  # the compression can say one thing in two ways
            assert gzip.decompress(bytes(changed)) == said, place
    assert refused > len(whole) * 0.8


def packed(path: Path, members: dict[str, bytes]) -> None:
    with gzip.open(path, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))


def test_another_archive_is_refused_and_the_fault_named(archive: Path) -> None:
    def why() -> str:
        with pytest.raises(BackupUnreadable) as raised:
            read_archive(archive)
        return str(raised.value.cause)

    good = content([TableContent(name="shop_item", columns=("a",), rows=2, sha256="0" * 64)]).as_json().encode()
    packed(archive, {"tables/0000/000000.copy": b"1\n2\n"})
    assert why() == "it has no backup.json: it is not all there, or no backup of the hub's"
    packed(archive, {"tables/0000/000000.copy": b"1\n2\n", "backup.json": good})
    assert why() == "it is damaged: the rows of shop_item are not those that were written"
    packed(archive, {"backup.json": good})
    assert why() == "it is damaged: the rows of shop_item are not those that were written"
    packed(archive, {"backup.json": good, "tables/0000/000000.copy": b"1\n2\n"})
    assert why() == "it holds what the hub did not write"
    packed(archive, {"setup.py": b"print()"})
    assert why() == "it holds what the hub did not write"
    archive.write_bytes(b"PK\x03\x04")
    assert why() == "it is neither an SQLite database nor an archive of tables"
    archive.write_bytes(gzip.compress(b"text"))
    assert why().startswith("it is damaged, or not all of it is there")
