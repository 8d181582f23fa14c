"""A command that waits for an answer holds nothing up; what it does then is what was shown, or nothing."""

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.wheels.hub_process import clean_environment
from tests.wheels.shelf import PATIENCE_SECONDS, Shelf
from tests.wheels.stock import V10, V11


class Terminal:
    """A command on a terminal, as far as its question."""

    def __init__(self, shelf: Shelf, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        variables = clean_environment(shelf.folder, {"HUB_DATABASE_URL": shelf.url, **shelf.variables})
        self._process = subprocess.Popen(
            [str(shelf.hub), *arguments],
            cwd=shelf.folder,
            env=variables,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""
        self._read(until="Carry this out?")
        assert "Carry this out?" in self.said, self.said

    def answers(self, answer: str) -> int:
        """Answer the question: its exit code."""
        self.said = ""
        os.write(self._ours, f"{answer}\n".encode())
        self._read()
        os.close(self._ours)
        return self._process.wait(PATIENCE_SECONDS)

    def _read(self, until: str = "") -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and not (until and until in self.said):
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self._ours, 65536).decode(errors="replace")
                except OSError:  # nobody has the other end any more
                    return


def releases(shelf: Shelf) -> dict[str, str]:
    """Of our modules those that are installed."""
    found = (line.split() for line in shelf.run("list").splitlines())
    return {name: version for name, version, *_ in found if name in ("rack", "shed", "stock")}


@pytest.mark.timeout(900)
def test_what_was_agreed_to_is_what_is_done(hub: Path, tmp_path: Path, database_url: str) -> None:
    wheels = tmp_path / "wheelhouse"
    wheels.mkdir()
    shelf = Shelf(hub, tmp_path, database_url, wheels)
    (tmp_path / "hub.toml").write_text("[hub]\nenvironments_kept = 0\n")
    shelf.add("stock", "1.0", V10)
    shelf.add("rack", "1.0", {})
    shelf.run("environment", "adopt", "--yes")
    shelf.run("install", "stock==1.0", "rack", "--yes")
    shelf.add("stock", "1.1", V11)

    before = shelf.current()
    removing = Terminal(shelf, "uninstall", "rack", "--purge")
    shelf.run("upgrade", "stock", "--dry-run")
    upgrading = Terminal(shelf, "upgrade", "stock")
    assert removing.answers("y") == 0, removing.said
    assert releases(shelf) == {"stock": "1.0"}, "nobody has agreed to anything else"
    assert upgrading.answers("y") == 1, upgrading.said
    assert "was built from one that runs no longer; nothing was changed" in " ".join(upgrading.said.split())
    assert shelf.environments() == {before, shelf.current()}, "what was refused is gone"

    first, second = (shelf.begin("install", "rack", "--yes") for _ in range(2))
    said = [each.communicate(timeout=PATIENCE_SECONDS)[0] for each in (first, second)]
    assert sorted([first.returncode, second.returncode]) in ([0, 0], [0, 1]), said
    assert "Traceback" not in "".join(said)
    shelf.run("upgrade", "stock", "--yes")
    assert releases(shelf) == {"rack": "1.0", "stock": "1.1"}

    shelf.add("shed", "1.0", {})
    lowering = Terminal(shelf, "downgrade", "stock")
    shelf.run("install", "shed", "--dry-run")
    assert lowering.answers("y") == 0, lowering.said
    assert releases(shelf) == {"rack": "1.0", "stock": "1.0"}
