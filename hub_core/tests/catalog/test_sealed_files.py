"""A file behind a checksum: what a killed writer left beside it is removed by the next one."""

import os
import subprocess
import sys
from pathlib import Path

from hub_core.catalog import read_sealed, write_sealed


def test_what_a_killed_writer_left_is_removed_and_what_a_running_one_writes_is_not(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (gone.pid, os.getpid()):
        (tmp_path / f"kept.json.{process}-1-2").touch()
    (tmp_path / f"other.json.{gone.pid}-1-2").touch()
    write_sealed(tmp_path / "kept.json", b"me", {"a": 1}, 0o600)
    assert read_sealed(tmp_path / "kept.json", b"me", 1000) == {"a": 1}
    left = {f"kept.json.{os.getpid()}-1-2", f"other.json.{gone.pid}-1-2"}
    assert {file.name for file in tmp_path.iterdir()} == {"kept.json", *left}
