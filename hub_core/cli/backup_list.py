"""``hub backup list``: what there is to go back to."""

from pathlib import Path

from .printing import AsJson, print_json, print_table


def command(as_json: AsJson = False) -> None:
    """List the recovery points and archives in the folders of this hub.

    The newest is the last. What is in a file is not read: `hub backup verify` does.
    """
    from ..operations.backups.listing import kept_files
    from ..settings import read_settings
    from .backup_text import shown, size

    files = kept_files(read_settings(Path.cwd()))
    if as_json:
        print_json([file.as_json() for file in files])
        return
    print_table(
        ("at", "kind", "of", "version", "revision", "size", "file"),
        [
            (
                f"{file.at:%Y-%m-%d %H:%M:%S}Z",
                f"{file.kind}, encrypted" if file.is_encrypted else file.kind,
                file.of,
                file.version or "—",
                file.revision or "—",
                size(file.bytes),
                shown(file.path),
            )
            for file in files
        ],
        yielding="file",
    )
