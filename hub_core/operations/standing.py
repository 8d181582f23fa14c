"""How the hub stands before it serves: what is on disk and recorded, what may serve, and why the rest may not."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..catalog import Catalog, FoundModule, Reason
from ..database import schema_of
from ..error_text import kept_line
from ..errors import HubError
from ..loading import Description, ModuleFailed, Surface
from ..manifest import Manifest
from ..migrations import MigrationSource
from ..planning import Desired, Failure, ListedModule, RecordedModule, listing
from ..resolution import Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyModule:
    """A described module that may serve; it was not imported here yet. ``settings`` are the values it is given."""

    found: FoundModule
    description: Description
    surface: Callable[[], Surface]
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The module's name."""
        return self.found.name

    @property
    def manifest(self) -> Manifest:
        """What its hub-module.toml says."""
        assert self.found.manifest is not None, "the resolution lets no module without a manifest through"
        return self.found.manifest

    @property
    def migrations(self) -> MigrationSource | None:
        """Its revisions; ``None`` when it has none."""
        if self.description.migrations is None:
            return None
        folder = Path(self.description.migrations)
        return MigrationSource(module=self.name, folder=folder, table_prefix=self.manifest.table_prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything a process needs to serve, read once."""

    catalog: Catalog
    resolution: Resolution
    recorded: Mapping[str, RecordedModule]
    desired: Desired
    ready: tuple[ReadyModule, ...]
    failures: Mapping[str, Failure]
    token_digests: tuple[tuple[str, str], ...]
    generation: int = 0
    is_amid: bool = False
    """Whether an operation was under way when this was read: it may be undone, and all would be otherwise."""

    def schemas(self) -> tuple[str, ...]:
        """The schemas of the modules whose tables have one of their own."""
        placed = [name for name, row in self.recorded.items() if row.placement == "schema"]
        return tuple(map(schema_of, sorted(placed)))

    def found(self) -> tuple[FoundModule, ...]:
        """Every module that was to be brought up."""
        modules = self.resolution.modules
        return tuple(modules[name] for name in self.resolution.order if name in self.resolution.wanted)

    def without(self, held: Mapping[str, Failure]) -> "Standing":
        """The same, but that ``held`` do not run, nor those that require them."""
        ready, failures = [], {**self.failures, **held}
        for each in self.ready:
            if each.name in failures:
                continue
            missing = [name for name in sorted(self.resolution.requires[each.name]) if name in failures]
            if missing:
                failures[each.name] = blocked_by(missing)
            else:
                ready.append(each)
        return replace(self, ready=tuple(ready), failures=failures)

    def required(self) -> frozenset[str]:
        """The modules without which the hub is not ready: those that hub.toml says so of, unless it wants them disabled."""
        return frozenset(name for name, wish in self.desired.modules.items() if wish.required and wish.enabled)

    def listing(self, failures: Mapping[str, Failure], *, but: Collection[str] = ()) -> tuple[ListedModule, ...]:
        """What listings say, ``but`` of those modules, with the modules that did not come up among the conditions."""
        return listing(self.catalog, self.resolution, self.recorded, failures, self.desired, but=but)


def blocked_by(missing: Sequence[str]) -> Failure:
    """Why a module does not run whose requirements could not be brought up."""
    text = f"needs {', '.join(missing)}, which could not be brought up"
    reason = Reason(code="requirement_failed", text=text, remedy=f"See why: hub show {missing[0]}")
    return Failure(condition="blocked", reason=reason)


def kept_for(staying: Sequence[str]) -> Failure:
    """Why a module stays enabled that was to be disabled."""
    text = f"stays enabled: {', '.join(staying)} needs it and could not be disabled"
    reason = Reason(code="still_required", text=text, remedy=f"See why: hub show {staying[0]}")
    return Failure(condition="failed", reason=reason)


def failed(error: ModuleFailed) -> Failure:
    """A module's failure: listings tell phase and kind of it, never the text of somebody's exception."""
    condition = "needs configuration" if error.phase == "configuration" else "failed"
    code = f"{condition}_{error.phase}".replace(" ", "_") if condition == "failed" else "needs_configuration"
    where = f"{error.phase} to {error.revision}" if error.revision else error.phase
    text = (error.cause or "") if condition != "failed" else f"{where} ({error.kind})"
    said = kept_line((error.cause or "").removeprefix(f"{error.kind}: ")) if condition == "failed" else ""
    condition = "quarantined" if error.is_quarantined else condition
    reason = Reason(code=code, text=text, remedy=error.remedy)
    return Failure(condition=condition, reason=reason, error="" if said in text else said)


class PlanPending(HubError):
    """A module was changed on disk or in hub.toml, and nobody has applied it yet."""

    code = "plan_pending"

    def __init__(self, module: str, steps: Sequence[str]) -> None:
        super().__init__(
            f"{module} has changes that were not applied",
            cause="; ".join(steps),
            remedy="Run `hub up`, which applies them; `hub plan` shows them",
        )
