"""What the commands that only look have in common: read the environment, and the database where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from hub_hookspecs import CONTRACT_VERSION
from packaging.version import Version

from ..catalog import Catalog, read_catalog
from ..errors import HubError
from ..planning import Failure, ListedModule, ModuleState, RecordedModule, listing
from ..resolution import Resolution, resolve
from .masking import masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The modules of this environment beside what is recorded of them."""

    catalog: Catalog
    resolution: Resolution
    modules: tuple[ListedModule, ...]


def read_environment(*, with_database: bool) -> Environment:
    """Read what is on disk, importing no module; ``with_database`` also what is recorded, if a database is there."""
    catalog = read_catalog()
    recorded, failures = _recorded() if with_database else ({}, {})
    resolution = resolve(
        catalog,
        contract=Version(CONTRACT_VERSION),
        recorded={
            name: record.distribution for name, record in recorded.items() if record.state is not ModuleState.ABSENT
        },
    )
    return Environment(catalog=catalog, resolution=resolution, modules=listing(catalog, resolution, recorded, failures))


def _recorded() -> tuple[Mapping[str, RecordedModule], Mapping[str, Failure]]:
    from ..operations.recorded_state import recorded_state
    from ..settings import read_settings

    settings = read_settings(Path.cwd())
    try:
        return recorded_state(settings)
    except HubError as error:
        typer.echo(masked(f"without the database: {error.problem}"), err=True)
        return {}, {}


def conditions_text(module: ListedModule) -> str:
    """Conditions and reasons in one cell: ``blocked: needs X, which is not installed``."""
    conditions = ", ".join(module.conditions)
    reasons = "; ".join(reason.text for reason in module.reasons)
    return f"{conditions}: {reasons}" if reasons else conditions
