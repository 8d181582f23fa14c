"""``hub environment list``: what the hub has built here, which of it runs, and how much space it takes."""

from pathlib import Path

from .backup_text import size
from .printing import AsJson, print_json, print_table


def command(as_json: AsJson = False) -> None:
    """List the environments that the hub manages here, the one that was current last at the end."""
    from ..packages import Environments
    from ..settings import read_settings

    environments = Environments(read_settings(Path.cwd()).state_folder)
    current, here = environments.current(), environments.running_in()
    rows = [
        {
            "name": each.name,
            "current": each == current,
            "running": each == here,
            "distributions": len(each.lock.packages),
            "bytes": each.bytes,
            "folder": str(each.folder),
        }
        for each in environments.all()
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "", "distributions", "size", "folder"),
        [
            (
                str(row["name"]),
                "current" if row["current"] else "",
                str(row["distributions"]),
                size(float(str(row["bytes"]))),
                str(row["folder"]),
            )
            for row in rows
        ],
    )
