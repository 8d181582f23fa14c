"""A new virtual environment with nothing in it, the same whichever tool fills it."""

import sys
import venv
from pathlib import Path


def new_venv(folder: Path) -> Path:
    """Make one for this Python, which stays when the environment the hub runs in goes; answers its interpreter.

    It is made by the standard library: uv would put files of its own into site-packages.
    """
    venv.EnvBuilder(symlinks=True, with_pip=False, clear=False).create(folder)
    return folder / "bin" / "python"


def site_packages(folder: Path) -> Path:
    """Where an environment of this Python keeps its distributions."""
    return folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
