"""Resolve this environment for this hub: the contract it speaks, what is recorded, what somebody wishes."""

from collections.abc import Collection, Mapping

from hub_hookspecs import CONTRACT_VERSION
from packaging.version import Version

from ..catalog import Catalog
from ..planning import Desired, ModuleState, RecordedModule, wishes
from ..resolution import Resolution, resolve


def resolved(
    catalog: Catalog,
    recorded: Mapping[str, RecordedModule],
    desired: Desired | None,
    areas: Collection[str],
    *,
    off: Collection[str] = (),
    contract: Version | None = None,
    coming: Collection[str] = (),
) -> Resolution:
    """The resolution of ``catalog``.

    :param recorded: what the database records, empty where there is none.
    :param desired: what is wished; ``None`` asks what could run if all of it should, but for what is ``off``.
    :param contract: what the hub would speak; by default what this one does.
    :param coming: see :func:`hub_core.resolution.resolve`.
    """
    wanted: Collection[str] | None = None
    unwanted: Collection[str] = off
    if desired is not None:
        wanted, unwanted = wishes(catalog, recorded, desired)
    elif off:
        wanted = {module.name for module in catalog.modules}.difference(off)
    return resolve(
        catalog,
        contract=contract or Version(CONTRACT_VERSION),
        recorded={name: row.distribution for name, row in recorded.items() if row.state is not ModuleState.ABSENT},
        wanted=wanted,
        unwanted=unwanted,
        areas=areas,
        coming=coming,
    )
