"""``hub list``: the modules on disk and in the database."""

import sys

import typer

from .environment import read_environment
from .printing import AsJson, print_json, print_table
from .reasons_text import conditions_text, explained


def command(as_json: AsJson = False) -> None:
    """List the modules on disk and in the database.

    Imports no module, and needs no database: what is recorded shows when one is there.
    """
    modules = read_environment(with_database=True).modules
    if as_json:
        print_json([module.as_json() for module in modules])
        return
    is_read_by_a_person = sys.stdout.isatty()
    print_table(
        ("name", "version", "state", "title", "conditions"),
        [
            (
                module.name,
                module.version,
                module.state,
                module.title,
                ", ".join(module.conditions) if is_read_by_a_person else conditions_text(module),
            )
            for module in modules
        ],
    )
    if is_read_by_a_person:
        for line in explained(modules):
            typer.echo(line)
