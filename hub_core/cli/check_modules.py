"""``hub check``: what can run together, from what is on disk alone."""

import typer

from .environment import Environment, read_environment
from .printing import AsJson, print_json
from .reasons_text import explained


def command(as_json: AsJson = False) -> None:
    """Say what can run together, in which order, and why the rest cannot.

    Imports no module and opens no database. Ends with exit code 1 when a module cannot run.
    """
    environment = read_environment(with_database=False)
    if as_json:
        print_json(
            {
                "order": environment.resolution.order,
                "modules": [module.as_json() for module in environment.modules],
                "findings": [finding.as_json() for finding in environment.findings],
            }
        )
    else:
        _print(environment)
    if any(module.reasons for module in environment.modules):
        raise typer.Exit(1)


def _print(environment: Environment) -> None:
    order = environment.resolution.order
    typer.echo(f"{len(order)} of {len(environment.modules)} modules can run: {', '.join(order) or 'none'}")
    for line in explained(environment.modules):
        typer.echo(line)
    for finding in environment.findings:
        typer.echo(f"finding: {finding.text}\n  remedy: {finding.remedy}")
