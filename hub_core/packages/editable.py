"""A project installed editable, as a wheel: its metadata and the link to its folder, so that it can be installed again by hash."""

from pathlib import Path

from .installed import installed_in
from .lock import LockedWheel
from .new_venv import new_venv, site_packages
from .progress import Progress
from .repacking import repack
from .workshops import Workshop


def editable_wheel(project: Path, at: Workshop) -> LockedWheel:
    """Let the tool install the project into an empty environment, and keep what that made of it.

    Only so is the environment itself built from hashed wheels alone, without the tools a project is built with.

    :raises BuildFailed: when the project cannot be built.
    """
    at.on_progress(Progress(stage="build", text=project.name))
    folder = at.bench.aside() / "venv"
    at.installer.install_editable(project, new_venv(folder), at.bench)
    (distribution,) = installed_in(site_packages(folder))
    return at.store.add(repack(distribution, folder, at.bench.aside()))
