"""Time contestants in turns, and print medians with their ratios beside the goals."""

import asyncio
import gc
import os
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Contestant = Callable[[int], Awaitable[None]]
"""Does its work as many times as it is told."""


def readable(seconds: float) -> str:
    """A time with the unit that fits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:9.1f} µs"
    return f"{seconds * 1e3:9.2f} ms" if seconds < 10 else f"{seconds:9.2f} s "


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Raw medians by contestant: seconds, or what ``shown`` makes readable."""

    title: str
    medians: Mapping[str, float]
    shown: Callable[[float], str] = readable

    def ratio(self, one: str, other: str) -> float:
        """How much ``one`` takes when ``other`` takes 1."""
        return self.medians[one] / self.medians[other]


_GOAL = re.compile(r"([≤≥]) ([\d.]+)")
_held: list[tuple[str, str, float, str]] = []
"""Every ratio that has a goal, in the order of printing: the comparison, the ratio's name, its value, its goal."""


async def compare(
    title: str,
    contestants: Mapping[str, Contestant],
    *,
    rounds: int,
    calls: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Comparison:
    """Let everyone take its turn in each round; the median round of each counts, per call.

    :param clock: for contestants that only compute in this thread, ``time.thread_time`` leaves out what the machine gave to
        others meanwhile; on a shared one that is more than what is measured.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        await contestant(max(1, calls // 10))
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, contestant in contestants.items():
            await asyncio.sleep(0)  # what else runs in this loop has its turn between the contestants
            started = clock()
            await contestant(calls)
            seconds[name].append((clock() - started) / calls)
    return Comparison(title=title, medians={name: statistics.median(taken) for name, taken in seconds.items()})


def print_comparison(comparison: Comparison, *ratios: tuple[str, str, str]) -> None:
    """Print the raw figures, then each ratio with its goal; contestants that did not take part are left out."""
    print(f"\n{comparison.title}   (load {os.getloadavg()[0]:.1f})", flush=True)
    for name, figure in comparison.medians.items():
        print(f"  {name:<52}{comparison.shown(figure)}")
    for one, other, goal in ratios:
        if one in comparison.medians and other in comparison.medians:
            print_ratio(comparison.title, f"{one} ÷ {other}", comparison.ratio(one, other), goal)


def print_ratio(title: str, name: str, value: float, goal: str) -> None:
    """Print one ratio, and remember it for the table at the end when it has a goal."""
    print(f"  {name} = {value:.3f}   {goal}", flush=True)
    if _GOAL.search(goal):
        _held.append((title, name, value, goal))


def print_goals() -> None:
    """Print every ratio that has a goal once more, with whether it is reached, and by how much not."""
    print("\nGoals")
    for title, name, value, goal in _held:
        print(f"  {_verdict(value, goal):<18}{name} = {value:.3f}, {goal}   [{title}]")


def _verdict(value: float, goal: str) -> str:
    match _GOAL.search(goal):
        case re.Match() as found:
            wanted = float(found[2])
            if value <= wanted if found[1] == "≤" else value >= wanted:
                return "reached"
            return f"missed by {abs(value - wanted) / wanted:.0%}" if wanted else f"missed by {value:g}"
    return ""
