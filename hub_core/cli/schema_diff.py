"""``hub schema diff``: the database beside the models, in words."""

from pathlib import Path
from typing import Annotated

import typer

from .printing import AsJson, print_json
from .terminal_text import say, say_wrapped

Name = Annotated[str | None, typer.Argument(help="Only this module; `hub` is the core.", metavar="NAME")]


def command(name: Name = None, as_json: AsJson = False) -> int:
    """Show where the database differs from the models.

    Looks at the tables of the core and of each enabled module, and changes nothing. Ends with exit code 1 when
    something differs.
    """
    from ..migrations import difference_text
    from ..operations.schemas.schema_diff import schema_diff
    from ..settings import read_settings

    compared = schema_diff(read_settings(Path.cwd()), name)
    found = [(each.module, difference) for each in compared for difference in each.differences]
    if as_json:
        print_json([{"module": module, **each.as_json(), "text": difference_text(each)} for module, each in found])
        return 1 if found else 0
    for _, each in found:
        say_wrapped(difference_text(each))
    names = ", ".join(each.module for each in compared)
    number = f"{len(found)} differences" if len(found) > 1 else "1 difference" if found else "no difference"
    say(f"{number}; looked at {names}")
    return 1 if found else 0
