"""The module graph of Odoo 19 as modules of a hub: 633 that can be installed, a third of them glue."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_core.catalog import FoundModule
from hub_core.tests.found_modules import found

CORPUS = Path(__file__).parents[2] / "tests" / "corpora" / "odoo-19-modules.jsonl"


@dataclass(frozen=True)
class Addon:
    """One line of the corpus; ``triggers`` is empty for an addon that is no glue."""

    name: str
    depends: frozenset[str]
    is_glue: bool
    triggers: frozenset[str]


def addons() -> dict[str, Addon]:
    """The installable addons by name."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return {row["module"]: _addon(row) for row in rows if row.get("installable", True)}


def _addon(row: dict[str, Any]) -> Addon:
    depends, glue = frozenset(row.get("depends", ())), row.get("auto_install", False)
    named = frozenset(glue) if isinstance(glue, list) else depends
    return Addon(row["module"], depends, bool(glue), named if glue else frozenset())


def as_module(addon: Addon, **changes: Any) -> FoundModule:
    """The addon as the catalog would find it."""
    glue = f"auto_install = {json.dumps(sorted(addon.triggers)) if addon.triggers != addon.depends else 'true'}"
    requires = [f"mod-{name.replace('_', '-')}>=1,<2" for name in sorted(addon.depends)]
    return found(addon.name, "hub-hookspecs>=1,<2", *requires, manifest=glue if addon.is_glue else "", **changes)
