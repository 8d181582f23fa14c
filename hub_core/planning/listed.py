"""What listings show of each module: found and recorded put beside each other, state and conditions apart."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from ..catalog import Catalog, FoundModule
from ..errors import HubError
from ..manifest import did_you_mean
from ..resolution import Reason, Resolution
from .blocked import hindrances, not_installed
from .impact import pending_revisions
from .values import Desired, Failure, ModuleState, RecordedModule

AVAILABLE: Final = "available"
"""How a module is listed that is on disk and that the database does not know."""


class ModuleUnknown(HubError):
    """No module of that name is on disk or in the database."""

    code = "module_unknown"

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(
            f"no module {name!r} is installed or recorded{did_you_mean(name, known)}",
            remedy="See `hub list` for the modules there are",
        )
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModule:
    """One line of a listing. ``found`` is ``None`` for a module that is recorded and gone from disk."""

    name: str
    distribution: str
    version: str
    state: str
    conditions: tuple[str, ...]
    reasons: tuple[Reason, ...]
    found: FoundModule | None

    @property
    def title(self) -> str:
        """What people call it."""
        return self.found.manifest.title if self.found and self.found.manifest else self.name

    @property
    def summary(self) -> str:
        """One line on what it does: the manifest's, else the distribution's."""
        if self.found is None:
            return ""
        return (self.found.manifest.summary if self.found.manifest else None) or self.found.summary

    def as_json(self) -> dict[str, Any]:
        """The object every listing of modules shows."""
        manifest = self.found.manifest if self.found else None
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "distribution": self.distribution,
            "version": self.version,
            "category": manifest.category if manifest else None,
            "tier": manifest.tier if manifest else None,
            "application": bool(manifest and manifest.application),
            "state": self.state,
            "conditions": list(self.conditions),
            "reasons": [reason.as_json() for reason in self.reasons],
        }


_NO_FAILURES: Mapping[str, Failure] = MappingProxyType({})
_NO_WISHES = Desired()


def listing(
    catalog: Catalog,
    resolution: Resolution,
    recorded: Mapping[str, RecordedModule],
    failures: Mapping[str, Failure] = _NO_FAILURES,
    desired: Desired = _NO_WISHES,
    *,
    but: Collection[str] = (),
) -> tuple[ListedModule, ...]:
    """All modules on disk and in the database by name; two distributions that claim one name have a line each.

    :param resolution: of ``catalog``, with the wishes of ``recorded`` and ``desired``.
    :param recorded: empty where there is no database.
    :param failures: of modules that could run and did not come up.
    :param but: names that nobody asks for.
    """
    known = {name: record for name, record in recorded.items() if record.state is not ModuleState.ABSENT}
    blocked = hindrances(recorded=known, desired=desired, resolution=resolution)
    modules = [found for found in catalog.modules if found.name not in but]
    lines = [_on_disk(found, resolution, known.get(found.name), blocked) for found in modules]
    lines = [_with_failure(line, failures.get(line.name)) for line in lines]
    gone = [line for line in _gone(catalog, known) if line.name not in but]
    return tuple(sorted([*lines, *gone], key=lambda line: (line.name, line.distribution)))


def _on_disk(
    found: FoundModule,
    resolution: Resolution,
    record: RecordedModule | None,
    blocked: Mapping[str, tuple[Reason, ...]],
) -> ListedModule:
    if record and record.distribution != found.distribution:
        record = None
    is_chosen = resolution.chosen.get(found.name) is found
    reasons = (blocked.get(found.name) if is_chosen else None) or resolution.reasons_of(found)
    conditions = ["blocked"] if reasons else []
    is_behind = record and not reasons and pending_revisions(found, record.revision)
    if record and (record.version != str(found.version) or is_behind):
        conditions.append("upgrade pending")
    return ListedModule(
        name=found.name,
        distribution=found.distribution,
        version=str(found.version),
        state=record.state.value if record else AVAILABLE,
        conditions=tuple(conditions),
        reasons=reasons,
        found=found,
    )


def _with_failure(line: ListedModule, failure: Failure | None) -> ListedModule:
    if failure is None or failure.condition in line.conditions:
        return line
    return replace(line, conditions=(*line.conditions, failure.condition), reasons=(*line.reasons, failure.reason))


def _gone(catalog: Catalog, known: Mapping[str, RecordedModule]) -> Iterator[ListedModule]:
    on_disk = {(module.name, module.distribution) for module in catalog.modules}
    for name, record in known.items():
        if (name, record.distribution) not in on_disk:
            yield ListedModule(
                name=name,
                distribution=record.distribution,
                version=record.version,
                state=record.state.value,
                conditions=("orphaned",),
                reasons=(not_installed(name, record),),
                found=None,
            )
