"""The commands of ``hub``: one line here and one file each."""

from typing import Final

COMMANDS: Final = {
    "up": ("up", "Bring the database to what hub.toml wants, then serve."),
    "serve": ("serve", "Serve the enabled modules, and change nothing in the database."),
    "install": ("install", "Install modules with all they require, and enable them."),
    "upgrade": ("upgrade", "Upgrade modules to their newest releases, or all that is installed when none is named."),
    "downgrade": (
        "downgrade",
        "Go back to older releases, by default to the one that was upgraded last, with the data taken back.",
    ),
    "rollback": (
        "rollback",
        "Take the last upgrade of a module back, with its data: `hub downgrade` to the release before.",
    ),
    "enable": ("enable", "Enable modules that are installed here, with all they require."),
    "disable": ("disable", "Disable modules; their tables and rows stay as they are."),
    "uninstall": (
        "uninstall",
        "Uninstall modules; their tables and rows stay unless --archive or --purge says otherwise.",
    ),
    "move": ("move", "Move the tables of a module, with their rows, to another placement (PostgreSQL)."),
    "list": ("list_modules", "List the modules on disk and in the database."),
    "show": ("show_module", "Show everything known about one module, or about one operation."),
    "check": ("check_modules", "Say what can run together, in which order, and why the rest cannot."),
    "validate": ("validate_module", "Examine the files of a module for what would fail elsewhere."),
    "graph": ("graph", "Draw the modules and what they require of each other."),
    "plan": ("show_plan", "Show what `hub up` would change."),
    "migrate": ("migrate", "Migrate the tables of the core and of enabled modules."),
    "schema diff": ("schema_diff", "Show where the database differs from the models."),
    "schema revision": ("schema_revision", "Write the revision that makes what the models say."),
    "schema check": ("schema_check", "Examine revisions: whether they make the models, lead back and break nobody."),
    "history": ("history", "Show the migrations that ran, or the operations, the latest last."),
    "audit": ("audit", "Show who tried to change what, and what became of it, the latest last."),
    "backup create": ("backup_create", "Archive modules, or the whole hub with its registry, while it serves."),
    "backup list": ("backup_list", "List the recovery points and archives in the folders of this hub."),
    "backup verify": ("backup_verify", "Read all of a recovery point or archive, and say what it holds."),
    "restore": ("restore", "Put tables back as a backup has them: of one module, or all that is in an archive."),
    "environment list": (
        "environment_list",
        "List the environments that the hub manages here, the one that was current last at the end.",
    ),
    "environment use": ("environment_use", "Run in an environment that was kept, or in that of a lock file."),
    "environment export": (
        "environment_export",
        "Write every wheel of the environment that the hub runs in, with hub.lock and constraints.txt, into a folder.",
    ),
    "environment adopt": ("environment_adopt", "Let the hub manage the environment it runs in from now on."),
    "doctor": ("doctor", "Examine this installation, and name the remedy of each fault."),
}
"""Name, of one or two words → file in this folder, which defines ``command``, and the line ``hub --help`` shows: the first of its docstring."""

HIDDEN: Final = {"attend": "attend", "carry": "carry", "follow": "follow"}
"""What one process of the hub starts another one with; no help mentions it."""


def help_text(group: str = "") -> str:
    """What ``hub --help`` prints, from the table alone; with ``group`` only the commands that begin with that word."""
    shown = {
        name: summary for name, (_, summary) in COMMANDS.items() if f"{name} ".startswith(f"{group} " if group else "")
    }
    width = max(map(len, shown))
    lines = "\n".join(f"  {name.ljust(width)}  {summary}" for name, summary in shown.items())
    return (
        "Usage: hub [--help] [--version] COMMAND …\n\n"
        "Run modules, installed as distributions, as one FastAPI application.\n\n"
        f"Commands:\n{lines}\n\n"
        "hub COMMAND --help says more about one of them."
    )
