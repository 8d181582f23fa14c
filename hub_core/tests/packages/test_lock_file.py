"""A lock is a pylock.toml that other tools can read, and nothing else is taken for one."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import Pylock

from hub_core.packages import Lock, LockedPackage, LockedWheel, LockInvalid, read_lock, write_lock
from hub_core.packages.lock_file import lock_text

STATE = Path("/srv/hub/.hub")
WHEEL = LockedWheel(filename="shop-1.0-py3-none-any.whl", sha256="a" * 64)
LOCK = Lock(
    packages=(
        LockedPackage(
            name="books",
            version="2.0",
            wheel=LockedWheel(filename="books-2.0-py3-none-any.whl", sha256="b" * 64),
            project=Path("/srv/books"),
        ),
        LockedPackage(name="shop", version="1.0", wheel=WHEEL),
    ),
    roots=('shop[paint]>=1; python_version > "3"', "books==2.0"),
    python="3.11",
)
TEXT = """\
lock-version = "1.0"
created-by = "hub"
requires-python = "==3.11.*"

[[packages]]
name = "books"
version = "2.0"
directory = { path = "../../../../books", editable = true }
tool.hub.wheel = { name = "books-2.0-py3-none-any.whl", path = "../../wheels/BBBB/books-2.0-py3-none-any.whl", hashes = { sha256 = "BBBB" } }

[[packages]]
name = "shop"
version = "1.0"
wheels = [{ name = "shop-1.0-py3-none-any.whl", path = "../../wheels/AAAA/shop-1.0-py3-none-any.whl", hashes = { sha256 = "AAAA" } }]

[tool.hub]
python = "3.11"
roots = [
    "shop[paint]>=1; python_version > \\"3\\"",
    "books==2.0",
]
""".replace("AAAA", "a" * 64).replace("BBBB", "b" * 64)


def test_the_text_of_a_lock() -> None:
    text = lock_text(LOCK, STATE / "environments" / "1", STATE / "wheels")
    assert text == TEXT
    Pylock.from_dict(tomllib.loads(text))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_lock(LOCK, tmp_path / "pylock.toml", tmp_path / "wheels")
    assert read_lock(tmp_path / "pylock.toml") == LOCK
    assert [each.name for each in tmp_path.iterdir()] == ["pylock.toml"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=4))
def test_any_text_survives(roots: list[str]) -> None:
    document = tomllib.loads(lock_text(Lock(packages=(), roots=tuple(roots)), Path("/a"), Path("/b")))
    assert document["tool"]["hub"]["roots"] == roots


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "Missing required value in 'lock-version'"),
        ("[", "not TOML: "),
        ('lock-version = "2.0"\ncreated-by = "x"\npackages = []', "pylock version 2.0 is not supported"),
        (
            'lock-version = "1.0"\ncreated-by = "x"\npackages = []',
            "it has no table tool.hub, so the hub did not write it",
        ),
        (TEXT.replace('python = "3.11"\n', ""), "what the hub keeps in it is damaged: 'python'"),
        (TEXT.replace("a" * 64, "../../etc"), "the SHA-256 of shop is none"),
        (TEXT.replace("a" * 64, "A" * 64), "the SHA-256 of shop is none"),
        (
            TEXT.replace('"books-2.0-py3', '"../books-2.0-py3'),
            "'../books-2.0-py3-none-any.whl' is not the name of a wheel",
        ),
        (TEXT.replace("sha256 = ", "md5 = "), "books is locked without a version or a SHA-256"),
        (TEXT.replace('version = "1.0"\nwheels', "wheels"), "shop is locked without a version or a SHA-256"),
        (TEXT.replace('"shop-1.0-', '"paint-1.0-'), "Name in "),
        (
            TEXT.replace(
                "wheels = [{",
                'wheels = [{ name = "shop-1.0-py2-none-any.whl", path = "x", hashes = { sha256 = "0" } }, {',
            ),
            "shop is not locked to one wheel",
        ),
        (TEXT.replace("editable = true", "editable = 3"), "Unexpected type int"),
    ],
)
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str, cause: str) -> None:
    file = tmp_path / "pylock.toml"
    file.write_text(text)
    with pytest.raises(LockInvalid) as raised:
        read_lock(file)
    assert raised.value.cause is not None
    assert raised.value.cause.startswith(cause)


def test_the_text_of_the_refusal(tmp_path: Path) -> None:
    file = tmp_path / "pylock.toml"
    file.write_text("[tool]")
    with pytest.raises(LockInvalid) as raised:
        read_lock(file)
    assert str(raised.value) == (
        f"{file} is not a lock\ncause: Missing required value in 'lock-version'\nremedy: Remove it, and let the hub write it again"
    )
