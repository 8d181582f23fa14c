"""A wheel is unpacked into a folder of its own, or refused: whoever made it may have meant harm."""

import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hub_core.catalog import WheelRefused, unpacked
from hub_core.catalog import wheel_file as limits


def wheel(folder: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    file = folder / "shop-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file


def of_kind(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def refusal(file: Path) -> str:
    with pytest.raises(WheelRefused) as raised, unpacked(file):
        pass
    assert raised.value.cause is not None
    return raised.value.cause


def test_the_files_are_there_and_gone_afterwards(tmp_path: Path) -> None:
    with unpacked(wheel(tmp_path, ("shop/", b""), ("shop/a.py", b"1"), ("shop/empty/b.py", b""))) as folder:
        files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.py")}
    assert files == {"shop/a.py": b"1", "shop/empty/b.py": b""}
    assert not folder.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../out.py",
        "/etc/out.py",
        "shop/../../out.py",
        "shop/./a.py",
        "shop//a.py",
        "..",
        "C:/out.py",
        "shop\\..\\out.py",
    ],
)
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    assert refusal(wheel(tmp_path, (of_kind(name, 0), b""))).endswith("does not stay inside")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_what_is_neither_file_nor_folder_is_refused(kind: int, tmp_path: Path) -> None:
    assert refusal(wheel(tmp_path, (of_kind("shop/link", kind | 0o777), b"/etc"))) == (
        "shop/link is neither a file nor a folder"
    )


def test_a_file_of_any_rights_is_a_file(tmp_path: Path) -> None:
    with unpacked(wheel(tmp_path, (of_kind("a.py", stat.S_IFREG | 0), b"1"), (of_kind("b.py", 0o777), b""))) as folder:
        assert (folder / "a.py").read_bytes() == b"1"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.py", "a.py"), ("a", "a/b.py"), ("a/b.py", "a")])
def test_a_name_that_comes_twice_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    assert refusal(wheel(tmp_path, *((name, b"") for name in names)))


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_ENTRIES", 3)
    assert (
        refusal(wheel(tmp_path, *((f"{number}.py", b"") for number in range(4)))) == "it has 4 entries; 3 are allowed"
    )


def test_what_unpacks_to_too_much_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 3 * 2**20)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bomb = wheel(tmp_path, *((f"{number}.py", bytes(2**20)) for number in range(4)))
    assert bomb.stat().st_size < 10_000
    assert refusal(bomb) == "it unpacks to more than 3 MB"
    assert list(tmp_path.iterdir()) == [bomb]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _damaged(content: bytes) -> bytes:
    return content[:40] + bytes(200) + content[240:]


def _other_size(content: bytes) -> bytes:
    return content.replace((5000).to_bytes(4, "little"), (50).to_bytes(4, "little"))


def _encrypted(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02") + 8
    return content[:at] + b"\x01" + content[at + 1 :]


def _other_compression(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02") + 10
    return content[:at] + b"\x63" + content[at + 1 :]


@pytest.mark.parametrize("damage", [_cut, _damaged, _other_size, _encrypted, _other_compression])
def test_a_damaged_wheel_is_refused(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = wheel(tmp_path, ("a.py", bytes(i * i % 251 for i in range(5000))))
    file.write_bytes(damage(file.read_bytes()))
    assert refusal(file)


@pytest.mark.parametrize(("name", "cause"), [("nowhere.whl", "there is no such file"), (".", "it is no file")])
def test_what_is_no_file_is_refused(name: str, cause: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name) == cause


def test_the_text_of_the_refusal() -> None:
    assert str(WheelRefused(Path("dist/shop.whl"), "why")) == (
        "shop.whl cannot be examined\ncause: why\nremedy: Build it again: python -m build --wheel"
    )
