"""``hub validate``: for those who write modules, before others install them; and for their CI."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..planning import ModuleUnknown
from .masking import masked
from .printing import AsJson, print_json
from .terminal_text import say

Strict = Annotated[bool, typer.Option("--strict", help="Warnings end with exit code 1 too.")]


def command(
    target: Annotated[
        str, typer.Argument(help="The name of an installed module, or a wheel file.", metavar="NAME|WHEEL")
    ],
    strict: Strict = False,
    as_json: AsJson = False,
) -> int:
    """Examine the files of a module for what would fail elsewhere.

    Imports nothing, and asks the database only of a name that nothing installed has. Ends with exit code 1 when there are errors.
    """
    from ..operations.installed import installed_catalog
    from ..operations.validation import is_wheel, refuse_gone, validate
    from ..settings import read_settings

    settings = read_settings(Path.cwd())
    validation = validate(target, settings)
    if not validation.modules and not is_wheel(target):
        refuse_gone(target, settings)
        raise ModuleUnknown(target, tuple(found.name for found in installed_catalog(settings).modules))
    remarks = [_masked(remark.as_json()) for remark in validation.remarks]
    if as_json:
        modules = [
            {"name": found.name, "distribution": found.distribution, "version": str(found.version)}
            for found in validation.modules
        ]
        print_json({"modules": modules, "findings": remarks})
    else:
        for remark in remarks:
            _print(remark)
        for found in validation.modules:
            say(f"looked at {found.name} ({found.distribution} {found.version})")
        say(f"{_counted(validation.count('error'), 'error')}, {_counted(validation.count('warning'), 'warning')}")
    return 1 if validation.count("error") or (strict and remarks) else 0


def _masked(remark: dict[str, Any]) -> dict[str, Any]:
    return {key: masked(value) if isinstance(value, str) else value for key, value in remark.items()}


def _print(remark: dict[str, Any]) -> None:
    """In the form editors and CI services make links of: ``file:line: level code: text``."""
    place = remark["file"] if remark["line"] is None else f"{remark['file']}:{remark['line']}"
    say(f"{place}: {remark['level']} {remark['code']}: {remark['text']}")
    say(f"  remedy: {remark['remedy']}")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
