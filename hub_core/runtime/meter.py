"""What is counted of one module's requests: plain numbers, because each request pays for them."""

from bisect import bisect_left
from typing import Final

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the classes of durations, in seconds; one more is open. Prometheus' own choice."""


class Meter:
    """Counts requests by class of status, their durations, bugs, and how many are in flight."""

    __slots__ = ("bugs", "durations", "in_flight", "seconds", "statuses")

    def __init__(self) -> None:
        self.statuses = [0] * 6
        """By the first digit of the status; 0 where there was no answer."""
        self.durations = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.bugs = self.in_flight = 0

    def add(self, status: int, seconds: float) -> None:
        """Count one request that ended."""
        self.statuses[min(status // 100, 5)] += 1
        self.durations[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds
