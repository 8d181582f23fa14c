"""What the commands that only look have in common: read the environment, and the database where there is one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ..catalog import Catalog, Finding
from ..errors import HubError
from ..operations.installed import installed_catalog
from ..operations.resolving import resolved
from ..planning import ListedModule, listing
from ..resolution import Resolution
from ..settings import HubSettings, read_settings
from .masking import masked

if TYPE_CHECKING:
    from ..operations.recorded_state import RecordedState


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The modules of this environment beside what is recorded of them."""

    catalog: Catalog
    resolution: Resolution
    modules: tuple[ListedModule, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong in the environment beside modules: distributions that cannot be read, requirements nobody can judge."""
        return (*self.catalog.findings, *self.resolution.findings)


def read_environment(*, with_database: bool) -> Environment:
    """Read what is on disk, importing no module; ``with_database`` also what is recorded, if a database is there."""
    settings = read_settings(Path.cwd())
    catalog = installed_catalog(settings)
    known = _recorded(settings) if with_database else None
    if known is None:
        resolution = resolved(catalog, {}, None, settings.areas)
        modules = listing(catalog, resolution, {})
    else:
        resolution = resolved(catalog, known.modules, known.desired, settings.areas)
        modules = listing(catalog, resolution, known.modules, known.failures, known.desired)
    return Environment(catalog=catalog, resolution=resolution, modules=modules)


def _recorded(settings: HubSettings) -> "RecordedState | None":
    from ..operations.recorded_state import recorded_state

    try:
        return recorded_state(settings)
    except HubError as error:
        typer.echo(masked(f"without the database: {error.problem}"), err=True)
        return None
