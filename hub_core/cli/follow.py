"""``hub follow``: make the environment that the database records, and let it be the current one here; not for people."""

from pathlib import Path

import typer


def command() -> int:
    """Make the recorded environment, if it is not here; a process that serves calls this before it is replaced."""
    from ..operations.locked import environment_to_enter
    from ..settings import read_settings
    from .package_progress import PackageProgress

    def tell(text: str) -> None:
        typer.echo(text, err=True)

    with PackageProgress() as progress:
        environment_to_enter(read_settings(Path.cwd()), applies_file=False, on_progress=progress.tell, tell=tell)
    return 0
