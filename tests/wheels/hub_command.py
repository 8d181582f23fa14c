"""``hub`` as a command that ends: what it prints, as text, as JSON and on a terminal."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.wheels.hub_process import clean_environment
from tests.wheels.terminal import Screen, on_screen

ENDED_WELL = (0, 1)
"""1 is the answer no, as of ``hub check``; 2 is a wrong call and 3 a bug."""

END_OF_MODULE = "\f\n"
SHOW_EACH = f"""
import json, sys
from hub_core.cli.main import main
names, options = json.loads(sys.argv[1])
for name in names:
    assert main(["show", name, *options]) == 0
    print({END_OF_MODULE!r}, end="")
"""


@dataclass(frozen=True, slots=True)
class HubCommand:
    """The commands of one installed hub, called in one folder beside one database."""

    hub: Path
    folder: Path
    database_url: str

    def text(self, *arguments: str) -> str:
        """What a command prints into a pipe."""
        return self._printed(self.hub, *arguments)

    def json(self, *arguments: str) -> Any:
        """What it prints with ``--json``."""
        return json.loads(self.text(*arguments, "--json"))

    def shown(self, names: Iterable[str], *options: str) -> dict[str, str]:
        """What ``hub show`` prints of each module; one process for all, as each would take half a second to begin."""
        names = sorted(set(names))
        printed = self._printed(self.hub.with_name("python"), "-c", SHOW_EACH, json.dumps([names, options]))
        return dict(zip(names, printed.split(END_OF_MODULE), strict=False))

    def screen(self, *arguments: str, columns: int) -> Screen:
        """What a person sees on a terminal."""
        return on_screen(self.hub, *arguments, columns=columns, cwd=self.folder, environment=self._environment)

    def _printed(self, *command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode in ENDED_WELL, done.stderr + done.stdout
        assert all(line.startswith("probed ") for line in done.stderr.splitlines()), done.stderr
        return done.stdout

    @property
    def _environment(self) -> dict[str, str]:
        return clean_environment(self.folder, {"HUB_DATABASE_URL": self.database_url})
