"""What has its name was written whole, whenever the process that wrote it was killed."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hub_core.database import completed

KILLED_AT = """
import os, pathlib, sys
from hub_core.database import completed

def kill(*_):
    os.kill(os.getpid(), 9)

point, path = sys.argv[1], pathlib.Path(sys.argv[2])
if point == "fsync":
    os.fsync = kill
elif point == "replace":
    pathlib.Path.replace = kill
elif point == "folder":
    fsync, seen = os.fsync, []
    os.fsync = lambda descriptor: kill() if seen else seen.append(fsync(descriptor))
with completed(path) as part:
    part.write_bytes(b"half")
    if point == "write":
        kill()
    part.write_bytes(b"the whole of it")
"""


@pytest.mark.parametrize("point", ["write", "fsync", "replace", "folder", "nowhere"])
def test_a_killed_process_leaves_the_whole_file_or_none(tmp_path: Path, point: str) -> None:
    path = tmp_path / "backup.db"
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, point, path], check=False)
    assert killed.returncode == (0 if point == "nowhere" else -signal.SIGKILL)
    assert path.exists() == (point in ("folder", "nowhere")), "it gets its name last"
    if path.exists():
        assert path.read_bytes() == b"the whole of it"
    else:
        assert [left.name for left in tmp_path.iterdir()] == ["backup.db.part"]


def test_what_was_left_behind_is_gone_with_the_next_one(tmp_path: Path) -> None:
    for name in ("old.db.part", "old.db.part-wal", "older.tar.gz.part", "kept.db"):
        (tmp_path / name).write_bytes(b"")
    with completed(tmp_path / "new.db") as part:
        part.write_bytes(b"all")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.db", "new.db"]


def test_a_block_that_raises_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with completed(tmp_path / "new.db") as part:
            part.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_only_this_user_may_read_it_from_the_beginning(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with completed(tmp_path / "new.db") as part:
            assert stat.S_IMODE(part.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600
