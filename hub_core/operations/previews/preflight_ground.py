"""What modules are judged on before an upgrade: the disk, what is recorded and wished."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...catalog import Catalog
from ...errors import HubError
from ...packages import normal_version
from ...planning import ListedModule, as_it_would_be, listing, spoken_contract, worsened
from ...resolution import CONTRACT_DISTRIBUTION, Reason
from ...settings import HubSettings
from ..document_file import written
from ..recorded_state import RecordedState, recorded_state
from ..resolving import resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What modules are judged on: the disk, what is recorded and wished."""

    settings: HubSettings
    catalog: Catalog
    known: RecordedState | None
    lacking: str
    modules: tuple[ListedModule, ...] = ()
    before: tuple[ListedModule, ...] = ()

    @classmethod
    def read(cls, settings: HubSettings, catalog: Catalog) -> "Ground":
        known, lacking = None, ""
        try:
            known = recorded_state(settings)
        except HubError as error:
            lacking = error.problem
        ground = cls(
            settings=settings, catalog=catalog, known=known if known and known.modules else None, lacking=lacking
        )
        before = ground.listed(catalog)
        failures = known.failures if known else {}
        return cls(
            settings=settings,
            catalog=catalog,
            known=ground.known,
            lacking=lacking,
            modules=ground.listed(catalog, failures=failures),
            before=before,
        )

    @property
    def present(self) -> dict[str, str]:
        """The version of every distribution, as installers write it."""
        return {name: normal_version(each.version) for name, each in self.catalog.distributions.items()}

    def worse(self, versions: Mapping[str, str], trusted: Collection[str]) -> dict[str, tuple[Reason, ...]]:
        """Why modules would not run in these versions that can now; only those of ``trusted`` are seen in the new one."""
        return worsened(self.before, self.listed(as_it_would_be(self.catalog, versions, trusted), versions))

    def listed(
        self, catalog: Catalog, versions: Mapping[str, str] | None = None, failures: Mapping[str, Any] | None = None
    ) -> tuple[ListedModule, ...]:
        coming = {name for name, version in (versions or {}).items() if version != self.present.get(name)}
        contract = spoken_contract(versions or {}, self.present, CONTRACT_DISTRIBUTION)
        areas = self.settings.areas
        if self.known is None:
            wishes = written(self.settings)
            off = {name for name, wish in wishes.modules.items() if not wish.enabled} if wishes else ()
            resolution = resolved(catalog, {}, None, areas, off=off, contract=contract, coming=coming)
            return listing(catalog, resolution, {}, failures or {})
        recorded, desired = self.known.modules, self.known.desired
        resolution = resolved(catalog, recorded, desired, areas, contract=contract, coming=coming)
        return listing(catalog, resolution, recorded, failures or {}, desired)
