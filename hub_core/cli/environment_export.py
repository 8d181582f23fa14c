"""``hub environment export``: all that another machine needs to run the same, without an index."""

from pathlib import Path
from typing import Annotated

import typer

from .printing import AsJson, print_json
from .terminal_text import say


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False, help="The folder, made if needed.")],
    as_json: AsJson = False,
) -> int:
    """Write every wheel of the environment that the hub runs in, with hub.lock and constraints.txt, into a folder.

    Where hub.toml and hub.lock are brought to another machine, HUB_WHEELHOUSE=DIR lets `hub up` make the same environment
    there from nothing else.
    """
    from ..operations.exporting import exported
    from ..settings import read_settings
    from .package_progress import PackageProgress

    settings = read_settings(Path.cwd())
    with PackageProgress() as progress:
        done = exported(settings, folder, on_progress=progress.tell)
    if as_json:
        projects = [{"name": name, "folder": str(project)} for name, project in done.projects]
        print_json({"folder": str(done.folder), "wheels": list(done.wheels), "projects": projects})
        return 0
    say(f"{len(done.wheels)} wheels, hub.lock and constraints.txt are in {done.folder}")
    for name, project in done.projects:
        say(f"{name} is installed editable: it has to lie in {project} there too, seen from hub.lock")
    return 0
