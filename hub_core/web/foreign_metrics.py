"""The metrics that modules registered with ``prometheus_client`` themselves: asked with care, bounded, and never the hub's.

A collector is a module's code that runs whenever somebody looks at the numbers of all. So each is asked on its own and away from
the event loop, and what it tells is rendered family by family: one bad family is left out, the others are told.
"""

import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from threading import Lock
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from ..containment import is_contained
from ..hooks import in_daemon_thread
from .collector_owners import CollectorOwners
from .metric_shares import Offer, told_of

LIMIT_SECONDS: Final = 2.0

_MOST_TOLD: Final = 1000
_TYPE: Final = re.compile(r"^# TYPE (\S+)", re.MULTILINE)
_OF_THE_HUB: Final = re.compile(r"^(?:# (?:HELP|TYPE) )?hub_", re.MULTILINE)
_OTHERS: Final = "others"

log = logging.getLogger(__name__)


class ForeignMetrics:
    """What stands in the registry of this process, as text; one thread at a time looks at it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._began: float | None = None
        self._told: set[str] = set()

    async def text(self, owners: CollectorOwners) -> bytes:
        """All of it, or nothing when the collectors take more than :data:`LIMIT_SECONDS`."""
        began = self._began
        if began is not None and time.monotonic() - began > LIMIT_SECONDS:
            return b""  # told when it went over its limit
        try:
            return await in_daemon_thread(partial(self._in_turn, owners), LIMIT_SECONDS, "metrics of modules")
        except TimeoutError:
            log.warning("the metrics of modules took more than %g s: the hub's own are told alone", LIMIT_SECONDS)
        except Exception:
            log.exception("the metrics of modules could not be told: the hub's own are told alone")
        return b""

    def _in_turn(self, owners: CollectorOwners) -> bytes:
        if not self._turn.acquire(timeout=LIMIT_SECONDS):
            return b""
        try:
            self._began = now = time.monotonic()
            return _Telling(self._say_once, now + LIMIT_SECONDS).text(owners.now())
        finally:
            self._began = None
            self._turn.release()

    def _say_once(self, message: str, what: str) -> None:
        if what not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(what)
            log.warning(message, what)


class _Telling:
    """One look at all collectors: what each module has to tell, and what of it there is room for."""

    def __init__(self, say: Callable[[str, str], None], until: float) -> None:
        self._say, self._until = say, until
        self._offers: dict[str, Offer] = defaultdict(Offer)
        self._names: set[str] = set()

    def text(self, collectors: Iterable[tuple[Collector, str]]) -> bytes:
        for collector, module in collectors:
            self._ask(collector, self._offers[module])
        told = "".join([self._of_family(metric) for metrics in told_of(self._offers).values() for metric in metrics])
        return (_rendered(self._lost()) + told).encode(errors="replace")

    def _ask(self, collector: Collector, offer: Offer) -> None:
        name = f"{type(collector).__module__}.{type(collector).__qualname__}"
        try:
            name = f"{name} {getattr(collector, '_name', '')}".strip()
            for metric in collector.collect():
                if time.monotonic() > self._until:
                    return
                offer.add(metric)
        except BaseException as error:
            if not is_contained(error):
                raise
            self._say("a metric of a module is left out, its collector failed: %s", f"{name} ({type(error).__name__})")

    def _of_family(self, metric: Metric) -> str:
        try:
            text = _rendered(metric)
        except BaseException as error:  # what it told is no metric
            if not is_contained(error):
                raise
            name = f"{metric.name} ({type(error).__name__})"
            self._say("a metric of a module is left out, its collector failed: %s", name)
            return ""
        names = set(_TYPE.findall(text))
        if _OF_THE_HUB.search(text):
            self._say("a metric of a module is left out, names that begin with hub_ are the hub's: %s", metric.name)
            return ""
        if names & self._names:
            self._say("a metric of a module is left out, there is another of its name: %s", metric.name)
            return ""
        self._names |= names
        return text

    def _lost(self) -> Metric:
        lost = CounterMetricFamily("hub_metric_series_dropped", "Series of a metric over the limit", labels=["metric"])
        counts: dict[str, int] = defaultdict(int)
        for module, offer in self._offers.items():
            for name, count in offer.lost.items():
                counts[name] += count
            if offer.left_out:
                counts[_OTHERS] += offer.left_out
                self._say("there is no room for all metrics of %s; its largest are left out", module)
        for name, count in counts.items():
            lost.add_metric([name], count)
        return lost


class _Only(Collector):
    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


def _rendered(metric: Metric) -> str:
    return generate_latest(_Only(metric)).decode()
