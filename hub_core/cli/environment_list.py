"""``hub environment list``: what the hub has built here, which of it runs, and how much space it takes."""

from pathlib import Path
from typing import Any

import typer

from .backup_text import size
from .printing import AsJson, print_json, print_table
from .terminal_text import one_line

_DIGITS = 12


def command(as_json: AsJson = False) -> None:
    """List the environments that the hub manages here, the one that was current last at the end.

    Two machines run the same where their environments have the same lock. A damaged one is told with what is wrong with it.
    """
    from ..packages import CURRENT, Environment, Environments, damage
    from ..settings import read_settings

    environments = Environments(read_settings(Path.cwd()).state_folder)
    current, here = environments.current(), environments.running_in()

    def row(each: Environment) -> dict[str, Any]:
        faults = damage(each)
        lock = each.readable_lock
        return {
            "name": each.name,
            "current": each == current,
            "running": each == here,
            "lock": lock.digest if lock else None,
            "distributions": len(lock.packages) if lock else None,
            "bytes": each.bytes,
            "folder": str(each.folder),
            "faults": list(faults),
        }

    rows = list(map(row, environments.all()))
    link = environments.folder / CURRENT
    if current is None and link.is_symlink():
        typer.echo(one_line(f"{link} leads to {link.readlink()}, where no complete environment is"), err=True)
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "", "lock", "distributions", "size", "folder"),
        [
            (
                each["name"],
                ", ".join(["current"] * each["current"] + ["damaged"] * bool(each["faults"])),
                (each["lock"] or "unreadable")[:_DIGITS],
                str(each["distributions"] or ""),
                size(float(each["bytes"])),
                each["folder"],
            )
            for each in rows
        ],
    )
    for each in rows:
        for fault in each["faults"][:1]:
            more = len(each["faults"]) - 1
            typer.echo(one_line(f"{each['name']} is damaged: {fault}{f' (and {more} more)' if more else ''}"))
