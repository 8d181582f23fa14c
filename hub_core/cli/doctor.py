"""``hub doctor``: look at everything the hub stands on, and name the remedy of each fault."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from hub_hookspecs import CONTRACT_VERSION
from packaging.version import Version

from ..catalog import Catalog, read_catalog
from ..errors import HubError
from ..planning import ListedModule, listing
from ..resolution import resolve
from .masking import masked
from .printing import AsJson, print_json
from .remedies import remedy_here
from .terminal_text import can_show, say

if TYPE_CHECKING:
    from ..operations.observation import Observation

_MARKS: Final = {"ok": "✓", "warning": "!", "error": "✗"}
_PLAIN_MARKS: Final = {"ok": "+", "warning": "!", "error": "x"}


def command(as_json: AsJson = False) -> int:
    """Examine this installation, and name the remedy of each fault.

    Imports no module, changes nothing, and needs no database. Ends with exit code 1 when something keeps the hub or a
    module from running.
    """
    observations = list(_examined())
    if as_json:
        print_json(
            [
                {"check": check, **{key: masked(text) for key, text in observation.as_json().items()}}
                for check, observation in observations
            ]
        )
    else:
        _print(observations)
    return 1 if any(observation.level == "error" for _, observation in observations) else 0


def _examined() -> Iterator[tuple[str, "Observation"]]:
    """Every check in its order with what it observed."""
    from ..operations.observation import error

    try:
        folder = Path.cwd()
    except FileNotFoundError:
        os.chdir(os.sep)  # the path begins with the current folder, which must be one
        yield from _check("python")
        yield (
            "paths",
            error(
                code="current_folder_gone",
                text="the current folder was deleted, so there is no hub.toml and no state folder to look at",
                remedy="cd to the folder of hub.toml, and call `hub doctor` again",
            ),
        )
        yield from _check("bytecode")
        yield from _of_environment(with_database=False)
        return
    yield from _check("python")
    yield from _check("paths", folder)
    database = list(_check("database", folder))
    yield from database
    yield from _check("backups", folder)
    yield from _check("caches", folder)
    yield from _check("bytecode")
    yield from _of_environment(with_database=any(each.code == "database_ready" for _, each in database))


def _of_environment(*, with_database: bool) -> Iterator[tuple[str, "Observation"]]:
    catalog, modules = _on_disk(with_database=with_database)
    yield from _check("distributions", catalog.distributions)
    yield from _check("leftovers")
    yield from _check("metadata", catalog.findings)
    yield from _check("probe", catalog.modules)
    yield from _check("modules", modules)


def _on_disk(*, with_database: bool) -> tuple[Catalog, Sequence[ListedModule]]:
    """What is installed and which modules can run; where settings or database cannot be read, without them."""
    with suppress(HubError, OSError, ImportError):
        from .environment import read_environment

        environment = read_environment(with_database=with_database)
        return environment.catalog, environment.modules
    catalog = read_catalog()
    return catalog, listing(catalog, resolve(catalog, contract=Version(CONTRACT_VERSION)), {})


def _check(check: str, *given: object) -> Iterator[tuple[str, "Observation"]]:
    """Run one check. Its file is imported only now: what it needs may be just what is broken here."""
    from ..operations.observation import error

    try:
        for observation in import_module(f"hub_core.operations.doctor.{check}").examine(*given):
            yield check, observation
    except ImportError as fault:
        cannot = error(
            code="not_importable",
            text=f"this cannot be examined, as a library cannot be imported: {fault}",
            remedy="Install hub-core again with all it requires: pip install --force-reinstall hub-core",
        )
        yield check, cannot


def _print(observations: list[tuple[str, "Observation"]]) -> None:
    """Grouped by check, remedies below what they are for, a count at the end."""
    marks = _MARKS if can_show("".join(_MARKS.values())) else _PLAIN_MARKS
    for check, group in groupby(observations, key=lambda each: each[0]):
        say(check)
        for _, observation in group:
            say(masked(f"  {marks[observation.level]} {observation.text}"))
            if observation.remedy:
                say(masked(f"    remedy: {remedy_here(observation.remedy)}"))
    levels = [observation.level for _, observation in observations]
    typer.echo(", ".join(_counted(levels.count(level), level) for level in ("error", "warning")))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
