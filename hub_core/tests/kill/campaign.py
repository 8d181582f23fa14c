"""Kill, look, recover, look again; many times. Each campaign answers how often it killed and everything that was wrong."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hub_core.tests.kill.environments.stage import EnvironmentStage
from hub_core.tests.kill.points import FILE_CALLS
from hub_core.tests.kill.stage import Stage

AnyStage: TypeAlias = Stage | EnvironmentStage
_ELSE: Final = {"start": "tool", "end": "tool", "uv": "tool", "python": "tool", "exec": "exec", "fork": "process"}
TRIES = 3
"""A cache is written when its file is old enough: a run may have a point or two less than the one that was rehearsed.

Then it is killed at the last it has."""
PROGRESS = 25
"""A long campaign says how far it is after each so many kills."""


@dataclass
class Tally:
    """What a campaign came to."""

    what: str
    points: int
    kills: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def add(self, violations: Iterable[str]) -> None:
        """More that was wrong; said at once, for a long run may be cut off."""
        for violation in violations:
            print(violation, flush=True)
            self.violations.append(violation)

    def line(self, stage: AnyStage) -> str:
        """One line for the log."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.seen.items()))
        return (
            f"{stage.scenario.name} | {stage.store.kind} | {self.what} | points {self.points} | kills {self.kills} | "
            f"states {len(stage.seen)} | violations {len(self.violations)}" + (f" | {kinds}" if kinds else "")
        )


def every_point(stage: AnyStage, points: Iterable[int], *, without: Sequence[str] = ()) -> Tally:
    """Kill the operation at each of ``points``."""
    rehearsed = stage.rehearsed(without=without) if without else stage.points
    tally = Tally("at every point", len(rehearsed))
    for point in points:
        name, here = None, point
        for _ in range(TRIES):
            with stage.trial() as trial:
                trial.without = tuple(without)
                name, passed = trial.kill_at(trial.operation(without=trial.without), here)
                tally.add(trial.judged(killed=f"point {here}, {name}"))
            if name is not None:
                break
            here = min(point, passed - 1)
        tally.kills += 1
        _count(tally, rehearsed[point])
        if tally.kills % PROGRESS == 0:
            print(tally.line(stage), flush=True)
        if name is None:
            tally.add([f"point {point}, rehearsed as {rehearsed[point]}, was never reached"])
    return tally


def at_random(stage: Stage, kills: int, chance: random.Random) -> Tally:
    """Kill the operation at random instants of its duration, until ``kills`` of them hit it at work."""
    tally = Tally("at random", len(stage.points))
    while tally.kills < kills:
        instant = chance.uniform(0, stage.seconds)
        with stage.trial() as trial:
            if trial.kill_after(trial.operation(), instant):
                tally.kills += 1
            tally.add(trial.judged(killed=f"after {instant * 1000:.1f} ms"))
    return tally


def the_recovery(stage: AnyStage, points: Iterable[int], kills: int, chance: random.Random) -> Tally:
    """Kill the operation at each of ``points``, then its recovery ``kills`` times elsewhere, then let it recover."""
    tally = Tally("during the recovery", 0)
    for point in points:
        with stage.trial() as trial:
            trial.kill_at(trial.operation(), point)
            length = len(trial.run(trial.recovery(reads=(), watched=True))["points"])
        tally.points += length
        for second in sorted(chance.sample(range(length), min(kills, length))):
            with stage.trial() as trial:
                first, _ = trial.kill_at(trial.operation(), point)
                name, _ = trial.kill_at(trial.recovery(reads=()), second)
                tally.kills += name is not None
                killed = f"point {point}, {first}; then {second} of the recovery, {name}"
                tally.add(trial.judged(killed=killed))
    return tally


def _count(tally: Tally, name: str) -> None:
    kind = name.split()[1]
    if kind in FILE_CALLS or kind in ("open", "mkdir", "removal"):
        kind = "file"
    elif kind != "COMMIT":
        kind = _ELSE.get(kind, "statement")
    tally.seen[kind] = tally.seen.get(kind, 0) + 1


def spread(points: Sequence[str], count: int) -> list[int]:
    """Points over the whole length, and before and after every COMMIT and rename, at most ``count`` of each of both."""
    step = max(1, len(points) // count)
    special = [number for number, name in enumerate(points) if name.split()[1] in ("COMMIT", "replace", "rename")]
    return sorted({*range(0, len(points), step), *special[:: max(1, len(special) // count)]})
