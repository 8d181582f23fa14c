"""Does Python keep what it compiled? Where it cannot, every start parses every file of every library again."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..folders import is_there, matching, may, obstacle_to_writing
from ..observation import Observation, ok, warning


def examine() -> Iterator[Observation]:
    """Whether bytecode is written at all, and for each folder of distributions whether it is there or can be."""
    found = [*_switched_off(), *(_prefix(sys.pycache_prefix) if sys.pycache_prefix else _folders())]
    yield from found
    if not found:
        yield ok(code="bytecode_kept", text="Python keeps the bytecode of what it imports")


def _switched_off() -> Iterator[Observation]:
    if sys.dont_write_bytecode:
        cause = "PYTHONDONTWRITEBYTECODE is set" if os.environ.get("PYTHONDONTWRITEBYTECODE") else "it was told so"
        yield warning(
            code="bytecode_off",
            text=f"Python writes no bytecode ({cause}): every start parses anew what is not compiled already",
            remedy="Unset PYTHONDONTWRITEBYTECODE and do not call Python with -B, or compile once: python -m compileall",
        )


def _prefix(prefix: str) -> Iterator[Observation]:
    if obstacle := obstacle_to_writing(Path(prefix)):
        yield warning(
            code="bytecode_missing",
            text=f"Python keeps bytecode below {prefix}, and cannot write it: {obstacle}",
            remedy="Set PYTHONPYCACHEPREFIX to a folder that this user may write, or unset it",
        )


def _folders() -> Iterator[Observation]:
    for folder in dict.fromkeys(map(Path, filter(None, sys.path))):
        if may(folder, os.W_OK) or not matching(folder, "*.dist-info"):
            continue
        bare = [package.name for package in _packages(folder) if not is_there(package / "__pycache__")]
        if bare:
            named = ", ".join(bare[:3]) + (", …" if len(bare) > 3 else "")
            yield warning(
                code="bytecode_missing",
                text=f"{folder} cannot be written, and {len(bare)} package{'s' if len(bare) > 1 else ''} in it {'are' if len(bare) > 1 else 'is'} not compiled ({named}): "
                "every start parses them anew",
                remedy=f"As a user who may write there: python -m compileall {folder}",
            )


def _packages(folder: Path) -> Iterator[Path]:
    return (place.parent for place in matching(folder, "*/__init__.py"))
