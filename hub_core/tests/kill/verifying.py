"""How an operation learns here that a module is not well: a process of its own would make moments that belong to no statement."""

from collections.abc import Collection, Mapping

from hub_core.catalog import Reason
from hub_core.operations.standing import Standing
from hub_core.planning import Failure


def by_their_files(standing: Standing, names: Collection[str]) -> Mapping[str, Failure]:
    """A module is not well that brings a file which says so."""
    reason = Reason(code="unhealthy", text="says that it is not well", remedy="Mend it")
    unwell = [ready.name for ready in standing.ready if (ready.found.folder / "unwell.txt").exists()]
    return {name: Failure(condition="failed", reason=reason) for name in unwell if name in names}
