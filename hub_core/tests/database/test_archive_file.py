"""An archive is read whole or refused, wherever it was cut or changed, encrypted or not."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub_core.database import (
    BackupContent,
    BackupKeyWrong,
    BackupNotEncrypted,
    BackupUnreadable,
    ModuleContent,
    TableContent,
    TableRows,
    read_portable,
    read_start,
    table_archive,
    write_portable,
)
from hub_core.database.archive import archive_file, sealed_file
from hub_core.database.archive.json_rows import OddText, lines, rows_of

KEY, OTHER = bytes(range(32)), bytes(32)
ROWS = {
    "shop_item": [b'[1,"one"]\n', b"[2,null]\n", b'[3,"a\\nb"]\n'] * 200,
    "shop_empty": [],
    "shop_odd/name..": [b'["x"]\n'],
}
COLUMNS = ("a", "b")


def write(path: Path, keys: Sequence[bytes] = (), rows: dict[str, list[bytes]] = ROWS) -> BackupContent:
    def describe(contents: Sequence[tuple[str, TableContent]]) -> BackupContent:
        module = ModuleContent(
            name="shop", distribution="shop", version="1.0", hash="", state="enabled", revision="shop_1", table_prefix="shop_",
            placement="shared", tables=tuple(content for _, content in contents), counters={"shop_item": 7},
        )  # fmt: skip
        return BackupContent(
            kind="sqlite", made_for="shop", hub_version="1", at=datetime(2026, 1, 2, tzinfo=UTC), modules={"shop": module},
            is_archive=True,
        )  # fmt: skip

    tables = (
        TableRows(module="shop", name=name, columns=COLUMNS, types=("INTEGER", "TEXT"), lines=nullcontext(each))
        for name, each in rows.items()
    )
    return write_portable(path, "shop", tables, describe, keys=keys)


@pytest.fixture(params=["plain", "encrypted"])
def keys(request: pytest.FixtureRequest) -> tuple[bytes, ...]:
    return (KEY,) if request.param == "encrypted" else ()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_archive, "PIECE_BYTES", 1000)
    monkeypatch.setattr(sealed_file, "CHUNK_BYTES", 256)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "shop.hubbackup"


def test_what_was_written_is_read_in_pieces(archive: Path, keys: tuple[bytes, ...]) -> None:
    content, pieces = write(archive, keys), list[tuple[str, str, bytes]]()
    assert read_portable(archive, keys, lambda *piece: pieces.append(piece)) == content
    assert {
        name: b"".join(piece for _, table, piece in pieces if table == name).splitlines(keepends=True) for name in ROWS
    } == ROWS
    assert len(pieces) > 4
    assert [table.rows for table in content.modules["shop"].tables] == [600, 0, 1]
    start = read_start(archive, keys)
    assert start is not None
    assert (start.made_for, start.is_encrypted) == ("shop", bool(keys))


def test_one_that_was_cut_anywhere_is_refused(archive: Path, keys: tuple[bytes, ...]) -> None:
    write(archive, keys)
    whole = archive.read_bytes()
    for length in range(0, len(whole), 5):
        archive.write_bytes(whole[:length])
        with pytest.raises(BackupUnreadable):
            read_portable(archive, keys)


def test_one_with_anything_behind_its_end_is_refused(archive: Path, keys: tuple[bytes, ...]) -> None:
    write(archive, keys)
    whole = archive.read_bytes()
    for behind in (whole, gzip.compress(b""), gzip.compress(bytes(10240)), b"\0", b"x", bytes(1 << 17)):
        archive.write_bytes(whole + behind)
        with pytest.raises(BackupUnreadable, match=r"something follows its end|changed since it was encrypted"):
            read_portable(archive, keys)
    if not keys:
        archive.write_bytes(gzip.compress(gzip.decompress(whole) * 2))
        with pytest.raises(BackupUnreadable, match="something follows its end"):
            read_portable(archive, keys)


def test_one_that_was_changed_anywhere_is_refused_or_says_the_same(archive: Path) -> None:
    content = write(archive)
    whole = archive.read_bytes()
    said, refused = gzip.decompress(whole), 0
    for place in range(len(whole)):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            assert read_portable(archive, ()) == content
        except BackupUnreadable:
            refused += 1
        else:  # the compression can say one thing in two ways
            assert gzip.decompress(archive.read_bytes()) == said, place
    assert refused > len(whole) * 0.8


def test_an_encrypted_one_that_was_changed_anywhere_is_refused(archive: Path) -> None:
    write(archive, [KEY])
    whole = archive.read_bytes()
    for place in range(len(whole)):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises((BackupUnreadable, BackupKeyWrong)):
            read_portable(archive, [KEY])


def test_chunks_of_an_encrypted_one_cannot_change_places_or_come_from_another(archive: Path) -> None:
    write(archive, [KEY])
    whole, size, head = archive.read_bytes(), 256 + 16, sealed_file.HEADER_BYTES
    chunks = [whole[start : start + size] for start in range(head, len(whole), size)]
    assert len(chunks) > 3
    write(archive, [KEY])
    other = archive.read_bytes()
    for changed in (
        [chunks[1], chunks[0], *chunks[2:]],
        [*chunks[:1], *chunks[2:]],
        chunks[:-1],
        [*chunks, chunks[-1]],
        [other[head : head + size], *chunks[1:]],
    ):
        archive.write_bytes(whole[:head] + b"".join(changed))
        with pytest.raises(BackupUnreadable, match="changed since it was encrypted"):
            read_portable(archive, [KEY])


def test_without_the_key_nothing_is_read_and_a_former_key_still_opens(archive: Path) -> None:
    content = write(archive, [KEY, OTHER])
    assert b"shop" not in archive.read_bytes()
    assert read_portable(archive, [OTHER, KEY]) == content
    for keys, cause in (
        ([], "the setting backup_key is not set"),
        ([OTHER], "it was written with another key than backup_key"),
        ([OTHER, os.urandom(32)], "none of the 2 keys in backup_key is the one it was written with"),
    ):
        with pytest.raises(BackupKeyWrong) as wrong:
            read_portable(archive, keys)
        assert (wrong.value.cause, "HUB_BACKUP_KEY" in str(wrong.value.remedy)) == (cause, True)


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def packed(path: Path, files: dict[str, bytes]) -> None:
    with gzip.open(path, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))


def test_one_that_was_packed_again_with_something_else_is_refused_and_the_fault_named(
    archive: Path, tmp_path: Path
) -> None:
    content = write(archive)
    good = members(archive)
    other = tmp_path / "other.hubbackup"
    write(other, rows={"shop_item": [b'[9,"nine"]\n'], "shop_empty": [b"[1,null]\n"], "shop_odd/name..": []})
    first, *_, last = good
    item = [name for name in good if name.startswith("tables/shop/shop_item/")]
    assert item[0] == "tables/shop/shop_item/000000.jsonl"
    assert "tables/shop/shop_odd%2Fname../000000.jsonl" in good

    def why(files: dict[str, bytes]) -> str:
        packed(archive, files)
        with pytest.raises(BackupUnreadable) as raised:
            read_portable(archive, ())
        return str(raised.value.cause)

    rows = "it is damaged: the rows of shop_item are not those that were written"
    assert why({**good, item[0]: good[item[0]].replace(b"one", b"two", 1)}) == rows, "one value"
    assert why({**good, item[0]: good[item[1]], item[1]: good[item[0]]}) == rows, "two pieces swapped"
    assert why({name: text for name, text in good.items() if name != item[-1]}) == rows, "the last piece gone"
    assert "do not follow one another" in why({name: text for name, text in good.items() if name != item[0]})
    assert "rows of shop_item" in why({**good, **{name: members(other).get(name, b"") for name in item}}), "of another"
    assert "rows of shop_empty" in why(
        {first: good[first], "tables/shop/shop_empty/000000.jsonl": b"[1,null]\n", **good}
    )
    edited = good[last].replace(b'"rows":600', b'"rows":601')
    assert why({**good, last: edited}) == (
        "it is damaged, or not all of it is there: manifest.json is not as it was written"
    )
    assert why({name: text for name, text in good.items() if name != last}).startswith("it has no manifest.json")
    assert why({**good, "setup.py": b""}) == "it holds what the hub did not write"
    assert why({first: good[first], "tables/cart/cart_line/000000.jsonl": b"[1]\n", **good}) == (
        "it is damaged: it does not hold what it says of itself"
    )
    newer = {**json.loads(good[first]), "format": 2}
    assert why({**good, first: json.dumps(newer).encode()}) == (
        "it was written in format 2, and this hub reads archives of format 1"
    )
    packed(archive, good)
    assert read_portable(archive, ()) == content


def test_a_row_has_any_value(archive: Path) -> None:
    row = [
        None,
        True,
        2**70,
        -0.0,
        5e-324,
        1e308,
        'a\n\t\0\x1f\u2028"\\{',
        b"\x00\xff",
        float("inf"),
        float("-inf"),
        "\udcff",
    ]
    [line] = lines([row])
    assert line.count(b"\n") == 1
    [read] = rows_of(line)
    assert read[:-1] == row[:-1]
    assert [type(value) for value in read[:-1]] == [type(value) for value in row[:-1]]
    assert str(read[3]) == "-0.0"
    assert read[-1] == OddText(b"\xff")
    assert rows_of(line * 3) == [read] * 3


def test_where_a_key_is_set_one_that_anybody_could_have_written_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "plain")
    read_portable(tmp_path / "plain", ())
    with pytest.raises(BackupNotEncrypted, match="backup_key is set") as refused:
        read_portable(tmp_path / "plain", (KEY,))
    assert "HUB_BACKUP_KEY=" in str(refused.value.remedy)


def test_a_row_that_would_fill_the_memory_is_neither_written_nor_read(
    tmp_path: Path, keys: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "large", keys)
    monkeypatch.setattr(archive_file, "LARGEST_ROW", 1000)
    with pytest.raises(BackupUnreadable, match="what the hub did not write"):
        read_portable(tmp_path / "large", keys)
    with pytest.raises(OSError, match="a row of shop_item has more than"):
        write(tmp_path / "another", keys)
