"""The commands of ``hub``: one line here and one file each."""

from typing import Final

COMMANDS: Final = {
    "up": ("up", "Bring the database to what hub.toml wants, then serve."),
    "serve": ("serve", "Serve the enabled modules, and change nothing in the database."),
    "list": ("list_modules", "List the modules on disk and in the database."),
    "show": ("show_module", "Show everything known about one module."),
    "check": ("check_modules", "Say what can run together, in which order, and why the rest cannot."),
    "validate": ("validate_module", "Examine the files of a module for what would fail elsewhere."),
    "graph": ("graph", "Draw the modules and what they require of each other."),
    "plan": ("show_plan", "Show what `hub up` would change."),
    "migrate": ("migrate", "Migrate the tables of the core and of enabled modules."),
    "history": ("history", "Show the migrations that ran, the latest last."),
    "restore": ("restore", "Put the tables of a module back as a backup has them."),
    "doctor": ("doctor", "Examine this installation, and name the remedy of each fault."),
}
"""Name → file in this folder, which defines ``command``, and the line ``hub --help`` shows: the first of its docstring."""


def help_text() -> str:
    """What ``hub --help`` prints, from the table alone."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name.ljust(width)}  {summary}" for name, (_, summary) in COMMANDS.items())
    return (
        "Usage: hub [--help] [--version] COMMAND …\n\n"
        "Run modules, installed as distributions, as one FastAPI application.\n\n"
        f"Commands:\n{lines}\n\n"
        "hub COMMAND --help says more about one of them."
    )
