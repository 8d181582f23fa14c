"""Time contestants in turns, and print medians with their ratios."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Contestant = Callable[[int], Awaitable[None]]
"""Does its work as many times as it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Raw medians in seconds, by contestant."""

    title: str
    medians: Mapping[str, float]

    def ratio(self, one: str, other: str) -> float:
        """How long ``one`` takes when ``other`` takes 1."""
        return self.medians[one] / self.medians[other]


async def compare(title: str, contestants: Mapping[str, Contestant], *, rounds: int, calls: int) -> Comparison:
    """Let everyone take its turn in each round; the median round of each counts, per call."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        await contestant(max(1, calls // 10))
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, contestant in contestants.items():
            started = time.perf_counter()
            await contestant(calls)
            seconds[name].append((time.perf_counter() - started) / calls)
    return Comparison(title=title, medians={name: statistics.median(taken) for name, taken in seconds.items()})


def readable(seconds: float) -> str:
    """A time with the unit that fits it."""
    return f"{seconds * 1e6:9.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:9.2f} ms"


def print_comparison(comparison: Comparison, *ratios: tuple[str, str, str]) -> None:
    """Print the raw times, then each ratio with its goal."""
    print(f"\n{comparison.title}")
    for name, seconds in comparison.medians.items():
        print(f"  {name:<44}{readable(seconds)}")
    for one, other, goal in ratios:
        print(f"  {one} ÷ {other} = {comparison.ratio(one, other):.3f}   {goal}")
