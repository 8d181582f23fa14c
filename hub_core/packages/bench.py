"""Where tools work: a folder for all they write aside, the source they may use, the Python they work for."""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .sources import Sources, masked, tool_environment
from .tool import Ran, run_tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """``held`` is the open file of :func:`at_work`, which every tool inherits."""

    temporary: Path
    held: int
    sources: Sources
    python: str = sys.executable
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def aside(self) -> Path:
        """A new empty folder; it is gone with the bench."""
        return Path(tempfile.mkdtemp(dir=self.temporary))

    def run(self, command: Sequence[str], *, closed: bool = False, handed: Mapping[str, str] | None = None) -> Ran:
        """Run a tool; passwords of URLs are left out of what it said.

        :param closed: whether it shall reach no source at all, or only the one on its command line. Always so where
            the source is configured.
        """
        shut = closed or self.sources.is_configured
        environment = tool_environment(self.variables, self.temporary, closed=shut, handed=handed)
        ran = run_tool(command, environment, self.temporary, self.held)
        return Ran(code=ran.code, output=masked(ran.output))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the tools resolve: lines of a requirements file, the releases to prefer, the wheels there are already."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    kept: tuple[Path, ...] = ()
    """Folders with wheels."""
    is_alone: bool = False
    """Whether what the requirements need in turn is left aside."""

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write the requirements and the constraints, and say where."""
        requirements, constraints = folder / "requirements.in", folder / "constraints.txt"
        requirements.write_text("\n".join([*self.requirements, *links_to(self.kept), ""]), encoding="utf-8")
        constraints.write_text("\n".join([*self.constraints, ""]), encoding="utf-8")
        return requirements, constraints


def links_to(folders: Sequence[Path]) -> list[str]:
    """Lines of a requirements file that offer the wheels in ``folders``."""
    return [f"--find-links {folder.as_uri()}" for folder in folders]
