"""How much of the room for foreign metrics each module gets: as much as it wants, or as much as any other that wants more.

So a module with many or large metrics takes nothing from the others; of its own, the small ones are told first.
"""

from bisect import insort
from collections.abc import Mapping
from typing import Final

from prometheus_client.core import Metric

MOST_SERIES: Final = 1000
"""Of one metric that is not the hub's: a label of user ids would otherwise fill the memory of whoever collects."""
MOST_FAMILIES: Final = 1000
MOST_SERIES_IN_ALL: Final = 10_000


class Offer:
    """What one module has to tell, within the bounds of all: the smallest of its metrics, and what was lost of the others."""

    def __init__(self) -> None:
        self.metrics: list[Metric] = []
        self.series = 0
        self.lost: dict[str, int] = {}
        self.left_out = 0

    def add(self, metric: Metric) -> None:
        """Take a metric in. A copy: the collector may keep the original."""
        kept = Metric(metric.name, metric.documentation, metric.type)
        kept.samples = metric.samples[:MOST_SERIES]
        self._lose(metric.name, len(metric.samples) - len(kept.samples))
        insort(self.metrics, kept, key=_size)
        self.series += _size(kept)
        while len(self.metrics) > MOST_FAMILIES or self.series - _size(self.metrics[-1]) >= MOST_SERIES_IN_ALL:
            self._leave_out(self.metrics.pop())

    def keep(self, families: int, series: int) -> list[Metric]:
        """The metrics for which there is room, small ones first; the first that does not fit is told in part."""
        kept, others = self.metrics[:families], self.metrics[families:]
        told = []
        for metric in kept:
            if not series:
                others.append(metric)
                continue
            self._lose(metric.name, _size(metric) - series)
            metric.samples = metric.samples[:series]
            series -= _size(metric)
            told.append(metric)
        for metric in others:
            self._leave_out(metric)
        return told

    def _lose(self, name: str, count: int) -> None:
        if count > 0:
            self.lost[name] = self.lost.get(name, 0) + count

    def _leave_out(self, metric: Metric) -> None:
        self.series -= _size(metric)
        self.left_out += _size(metric)


def told_of(offers: Mapping[str, Offer]) -> dict[str, list[Metric]]:
    """What is told of each module."""
    families = shares({module: len(offer.metrics) for module, offer in offers.items()}, MOST_FAMILIES)
    series = shares({module: offer.series for module, offer in offers.items()}, MOST_SERIES_IN_ALL)
    return {module: offer.keep(families[module], series[module]) for module, offer in offers.items()}


def shares(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """Who wants little gets it; the rest of ``room`` is parted evenly among those who want more."""
    given = {}
    for number, (name, want) in enumerate(sorted(wanted.items(), key=lambda item: item[1])):
        given[name] = min(want, room // (len(wanted) - number))
        room -= given[name]
    return given


def _size(metric: Metric) -> int:
    return len(metric.samples)
