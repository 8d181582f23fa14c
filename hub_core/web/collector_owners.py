"""Whose a collector in the registry of ``prometheus_client`` is: the module that acted when it was registered.

Metrics register themselves where they are made and keep nothing of who made them, so it has to be noted then.
"""

from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.registry import Collector

from ..whose_work import CORE, acting_module


class CollectorOwners:
    """Notes who registers from now on; one for the registry of this process."""

    def __init__(self) -> None:
        self._modules: dict[Collector, str] = {}
        self._register: Final = REGISTRY.register
        REGISTRY.register = self._noted  # type: ignore[method-assign]

    def now(self) -> list[tuple[Collector, str]]:
        """Each collector with its module, the hub's name for those of nobody; what was taken out is forgotten."""
        with REGISTRY._lock:
            collectors = list(REGISTRY._collector_to_names)
            found = [(each, self._modules.get(each, CORE)) for each in collectors]
            self._modules = {each: module for each, module in found if module != CORE}
        return found

    def _noted(self, collector: Collector) -> None:
        module = acting_module()
        self._register(collector)
        if module != CORE:
            with REGISTRY._lock:
                self._modules[collector] = module
