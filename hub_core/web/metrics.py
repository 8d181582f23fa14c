"""The numbers of this process for Prometheus, by module; and those that modules made themselves, as far as they are few."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from ..logs import dropped_lines
from ..runtime import BUCKETS, Hub, Meter
from .call import CORE
from .collector_owners import CollectorOwners
from .foreign_metrics import ForeignMetrics

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_FOREIGN: Final = ForeignMetrics()
"""Of the process, as the registry is."""


async def metrics_text(hub: Hub, owners: CollectorOwners) -> bytes:
    """Everything in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(hub))
    return generate_latest(registry) + await _FOREIGN.text(owners)


class _Collected(Collector):
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterable[Metric]:
        yield from _requests(self._hub.meters)
        yield from _modules(self._hub)
        yield from _resources(self._hub)


def _requests(meters: dict[str, Meter]) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "hub_requests", "Requests by module and class of status", labels=["module", "status"]
    )
    bugs = CounterMetricFamily("hub_request_bugs", "Requests that ended in an error nobody expected", labels=["module"])
    flying = GaugeMetricFamily("hub_requests_in_flight", "Requests that are being answered", labels=["module"])
    seconds = HistogramMetricFamily("hub_request_seconds", "Duration of requests in seconds", labels=["module"])
    of_modules = sum(meter.in_flight for module, meter in meters.items() if module != CORE)
    for module, meter in meters.items():
        for digit, count in enumerate(meter.statuses):
            if count:
                requests.add_metric([module, f"{digit}xx" if digit else "none"], count)
        bugs.add_metric([module], meter.bugs)
        # the hub's own meter counts every request on its way in
        flying.add_metric([module], meter.in_flight - (of_modules if module == CORE else 0))
        seconds.add_metric([module], list(_cumulated(meter)), meter.seconds)
    return iter((requests, bugs, flying, seconds))


def _cumulated(meter: Meter) -> Iterator[tuple[str, float]]:
    total = 0
    for end, count in zip((*map(str, BUCKETS), "+Inf"), meter.durations, strict=True):
        total += count
        yield end, total


def _modules(hub: Hub) -> Iterator[Metric]:
    up = GaugeMetricFamily("hub_module_up", "1 for a module that answers or will at its first use, 0 for a failed one", labels=["module"])  # fmt: skip
    imported = GaugeMetricFamily("hub_module_import_seconds", "Import of a module, where it was imported", labels=["module"])  # fmt: skip
    started = GaugeMetricFamily("hub_module_start_seconds", "From the first need of a module until it was up", labels=["module"])  # fmt: skip
    failures = hub.failures()
    for name in {*hub.modules, *failures}:
        up.add_metric([name], name not in failures)
    for name, live in hub.modules.items():
        if live.is_up:
            imported.add_metric([name], live.loaded.seconds)
            started.add_metric([name], live.start_seconds)
    return iter((up, imported, started))


def _resources(hub: Hub) -> Iterator[Metric]:
    used = GaugeMetricFamily("hub_connections_in_use", "Database connections a module has", labels=["module"])
    threads = GaugeMetricFamily("hub_threads_in_use", "Threads a module has for blocking handlers", labels=["module"])
    dropped = CounterMetricFamily("hub_log_lines_dropped", "Log lines over a module's limit", labels=["module"])
    blocked = CounterMetricFamily("hub_event_loop_blocked_seconds", "Time a module held the event loop over the limit", labels=["module"])  # fmt: skip
    lag = GaugeMetricFamily("hub_event_loop_lag_seconds", "How late the event loop came to its last turn")
    for module, count in hub.database.connections_in_use().items():
        used.add_metric([module], count)
    if hub.threads is not None:
        for module, count in hub.threads.in_use().items():
            threads.add_metric([module], count)
    for module, count in dropped_lines().items():
        dropped.add_metric([module], count)
    if hub.loop_watch is not None:
        lag.add_metric([], hub.loop_watch.lag)
        for module, blocking in dict(hub.loop_watch.blocking).items():
            blocked.add_metric([module], blocking.seconds)
    return iter((used, threads, dropped, blocked, lag))
