"""``hub list``: the modules on disk and in the database."""

from .environment import read_environment
from .masking import masked_value
from .printing import AsJson, print_json, print_table
from .reasons_text import conditions_cell, print_explained


def command(as_json: AsJson = False) -> None:
    """List the modules on disk and in the database.

    Imports no module, and needs no database: what is recorded shows when one is there.
    """
    modules = read_environment(with_database=True).modules
    if as_json:
        print_json(masked_value([module.as_json() for module in modules]))
        return
    print_table(
        ("name", "version", "state", "title", "conditions"),
        [(module.name, module.version, module.state, module.title, conditions_cell(module)) for module in modules],
        yielding="title",
    )
    print_explained(modules)
