"""Whose a collector in the registry of ``prometheus_client`` is: the module that acted when it was registered.

Metrics register themselves where they are made and keep nothing of who made them, so it has to be noted then.
"""

from typing import TYPE_CHECKING, Final

from ..when_imported import when_imported
from ..whose_work import CORE, acting_module

if TYPE_CHECKING:
    from prometheus_client.registry import Collector


class CollectorOwners:
    """Notes who registers from the import of ``prometheus_client`` on, whose own collectors are the hub's."""

    def __init__(self) -> None:
        self._modules: dict[Collector, str] = {}
        when_imported("prometheus_client", self._watch)

    def _watch(self) -> None:
        from prometheus_client import REGISTRY  # it is there by now, and it was not to be imported for this

        register: Final = REGISTRY.register

        def noted(collector: "Collector") -> None:
            module = acting_module()
            register(collector)
            if module != CORE:
                with REGISTRY._lock:
                    self._modules[collector] = module

        REGISTRY.register = noted  # type: ignore[method-assign]

    def now(self) -> "list[tuple[Collector, str]]":
        """Each collector with its module, the hub's name for those of nobody; what was taken out is forgotten."""
        from prometheus_client import REGISTRY

        with REGISTRY._lock:
            collectors = list(REGISTRY._collector_to_names)
            found = [(each, self._modules.get(each, CORE)) for each in collectors]
            self._modules = {each: module for each, module in found if module != CORE}
        return found


OWNERS: Final = CollectorOwners()
"""Of the process, as the registry is."""
