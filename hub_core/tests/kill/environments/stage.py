"""A command that builds an environment, ready to be killed again and again, and the judgement of what a kill left.

``folder / "place"`` is the hub's folder. It is set back as a whole, at the same path, for an environment cannot be moved.
"""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx2

from hub_core.database import connect, parse_url
from hub_core.packages import CURRENT, Environments, Lock, build, workshop
from hub_core.packages.wheel_store import file_hash
from hub_core.settings import HubSettings, read_settings
from hub_core.tests.kill.child import Job
from hub_core.tests.kill.children import Child, Helper, helper
from hub_core.tests.kill.databases import Store
from hub_core.tests.kill.dump import Dump, Journal, with_core_as_it_is
from hub_core.tests.kill.environments.crossing import COUNTS
from hub_core.tests.kill.environments.scenario import EnvironmentScenario
from hub_core.tests.kill.environments.trees import Tree, differing, tree_of
from hub_core.tests.kill.releases import SUBJECT_READS, WITNESS_READS
from hub_core.tests.kill.stage import SQLITE_FILES, Seen, Told, is_finished_backup, is_of_no_account, neither

CARRY: Final = "HUB_CARRY"
CROSSING: Final = "before exec of carry"
SAMPLE: Final = (
    "in uv pip install, 40 ms",
    "before replace pylock.toml.part pylock.toml",
    CROSSING,
    "before replace current.new current",
    "before replace hub.lock.part hub.lock",
)
TOOLS_SECONDS: Final = 60
MANY_FILES: Final = 40
OF_ONE_FILE: Final = re.compile(r"[\w.-]+\.whl|\btmp\w{8}\b|\b[0-9a-f]{64}\b")
"""What is another word in the same step for another wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """Wheelhouses by the releases that lie in them, uv and its cache; made once for all stages."""

    folder: Path
    cache: Path
    programs: Path

    def wheelhouse(self, releases: Sequence[str]) -> Path:
        """The folder with the libraries and these releases."""
        return self.folder / "-".join(releases)

    def variables(self, releases: Sequence[str]) -> dict[str, str]:
        """What a command is told of them."""
        return {
            "HUB_WHEELHOUSE": str(self.wheelhouse(releases)),
            "HUB_INSTALLER": "uv",
            "UV_CACHE_DIR": str(self.cache),
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What lies beside the database when all is well: the current environment's lock, hub.lock and hub.toml."""

    dump: Dump
    lock: Lock | None
    locked: str | None
    document: str


@dataclass
class EnvironmentTrial:
    """One playing: the folder, and a database, as they were before the command."""

    stage: "EnvironmentStage"
    url: str
    without: tuple[str, ...] = ()
    _has_begun: bool = False

    @property
    def place(self) -> Path:
        """The hub's folder."""
        return self.stage.place

    @property
    def environments(self) -> Environments:
        """Those that the hub has built."""
        return Environments(self.place / ".hub")

    def job(self, operation: str, *arguments: str, releases: Sequence[str] | None = None, **more: Any) -> Job:
        """A job in the environment that is current."""
        variables = self.stage.shelves.variables(releases or self.stage.scenario.shelf)
        return Job(
            folder=str(self.place), site="", url=self.url, operation=operation, arguments=arguments,
            variables=variables, **more,
        )  # fmt: skip

    def operation(self, **more: Any) -> Job:
        """What the scenario is about."""
        return self.job("hub", *self.stage.scenario.command, **more)

    def recovery(self, *, reads: Sequence[str] = (), **more: Any) -> Job:
        """What somebody does next: the same again, or with the mended release on the shelf."""
        scenario = self.stage.scenario
        return self.job("hub", *scenario.command, releases=scenario.mended or scenario.shelf, **more)

    def run(self, job: Job) -> Told:
        """Let it run undisturbed: its moments, its exit code, and what it became."""
        child, passed, crosses = self.start(job), list[str](), list[list[str]]()
        while (told := child.told()) is not None:
            passed += told.get("passed", ())
            crosses += [told["crosses"]] if "crosses" in told else []
            if "done" in told:
                break
        return {"points": passed, "code": child.wait(), "crosses": crosses}

    def judged(self, *, killed: str) -> list[str]:
        """What is wrong after a kill; see :meth:`EnvironmentStage.judged`."""
        return self.stage.judged(self, killed=killed)

    def kill_at(self, job: Job, point: int | str) -> tuple[str | None, int]:
        """Kill it at one of its moments, by number or name; with it the tool that it waits for, where it says so.

        A child that the command waits for is killed alone at each second moment, and ends with the command at the others.
        """
        at, names = self.stage.crossed, self.stage.points
        number = names.index(point) if isinstance(point, str) and point in names else point
        if at is not None and isinstance(number, int) and number > at.point and not self._has_begun and not job.without:
            job = self.arriving(job, at)
        child, passed = self.start(replace(job, watched=True, stop_at=point)), job.before
        while (told := child.told()) is not None and "at" not in told and "done" not in told:
            passed += len(told.get("passed", ()))
        if told is not None and told.get("tool"):
            with suppress(ProcessLookupError):
                os.killpg(told["tool"], signal.SIGKILL)
        if told is not None and told.get("child") and told["at"] % 2:  # what it was the child of cleans up behind it
            os.kill(told["child"], signal.SIGKILL)
            while child.told() is not None:
                pass
            child.wait()
        else:
            child.kill()
        self.settle()
        return (told or {}).get("name"), passed + len((told or {}).get("passed", ()))

    def arriving(self, job: Job, at: "Crossed") -> Job:
        """The part of the command behind ``exec``, on the folder as it is by then."""
        self.stage.set_back(self.stage.folder / "crossed")
        variables = {**job.variables, CARRY: at.carries}
        return replace(job, operation="arrive", arguments=("carry",), before=at.point + 1, variables=variables)

    def start(self, job: Job) -> Child:
        """Let a process of the current environment begin; ``hub`` would become one, whichever was called."""
        self._has_begun = True
        if job.operation == "arrive":
            return self.stage.helper_of(json.loads(job.variables[CARRY])["environment"]).start(job)
        current, runs_in = self.environments.current(), self.stage.scenario.runs_in
        is_told = job.arguments == self.stage.scenario.command and runs_in is not None
        return self.stage.helper_of(runs_in if is_told else current.name if current else None).start(job)

    def settle(self) -> None:
        """Wait until nothing of a killed process is at work: the server's session, and tools that go on without the hub."""
        until = time.monotonic() + TOOLS_SECONDS
        while self.stage.scenario.moves_the_hub and _is_worked_in(self.place):
            assert time.monotonic() < until, "a child still works for a process that is dead"
            time.sleep(0.02)
        self.stage.store.settle(self.url)
        lock = self.environments.folder / "at-work.lock"
        if lock.exists():
            with lock.open() as opened:
                _wait_for(opened.fileno())

    def served(self, *arguments: str, reads: Sequence[str] = (WITNESS_READS,)) -> Told:
        """What ``hub serve``, or ``hub up``, answers over TCP until it is told to end."""
        told = self.job("command", *arguments, "--port", "0", "--json", without=self.without)
        child = self.start(told)
        answers: Told = {}
        try:
            while (line := child.line()) is not None:
                if ready := re.match(rb'\{"ready": "(http://[\w.:]+)', line):
                    answers = {path: _answer(ready[1].decode() + path) for path in reads}
                    os.kill(child.pid, signal.SIGTERM)
                    break
            child.wait()
        finally:
            child.end()
        self.stage.store.settle(self.url)
        return answers

    def dump(self) -> Dump:
        """Everything the database holds now."""
        found = self.stage.store.dump(self.place, self.url)
        return with_core_as_it_is(found) if self.stage.scenario.moves_the_hub else found

    def journal(self) -> Journal:
        """What the journal says."""
        return self.stage.store.journal(self.place, self.url)

    def outcome(self) -> Outcome:
        """How it stands now."""
        current = self.environments.current()
        locked = self.place / "hub.lock"
        return Outcome(
            dump=self.dump(),
            lock=current.lock if current else None,
            locked=locked.read_text() if locked.exists() else None,
            document=(self.place / "hub.toml").read_text(),
        )

    def files(self) -> list[str]:
        """What lies there beside complete environments, whole wheels, caches and finished backups."""
        complete = [f".hub/environments/{each.name}/" for each in self.environments.all()]
        found = (str(path.relative_to(self.place)) for path in self.place.rglob("*") if not path.is_dir())
        return sorted(
            name
            for name in found
            if not is_of_no_account(name)
            and not (name.startswith(".hub/backups/") and is_finished_backup(name))
            and not name.startswith((".hub/wheels/", *complete))
        )

    def wheels(self) -> list[str]:
        """The paths in the store."""
        return sorted(str(path.relative_to(self.place / ".hub/wheels")) for path in self.environments.wheels.rglob("*"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """The moment at which the command becomes ``hub carry`` of the new environment, and what it tells it to do.

    The folder was kept there. What comes behind is played from it, by a fork of a warm process of that environment; the
    retry of every trial, and the moments around it, take the way through ``exec``.
    """

    point: int
    carries: str


@dataclass
class EnvironmentStage:
    """The prepared scenario."""

    scenario: EnvironmentScenario
    store: Store
    shelves: Shelves
    folder: Path
    kept: ExitStack
    points: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    """As before, as after, and when all is well again."""
    between: Dump = field(default_factory=dict)
    """For a command that is undone, or whose steps are several: what it had done by then."""
    sources: dict[Lock, Path] = field(default_factory=dict)
    """The locks that an environment may have, and a folder whose store has their wheels."""
    trees: dict[tuple[str, Lock], Tree] = field(default_factory=dict)
    """What an environment of a name and a lock is, byte for byte."""
    hand_made: Tree = field(default_factory=dict)
    wheels: frozenset[str] = frozenset()
    files: list[str] = field(default_factory=list)
    answers: Told = field(default_factory=dict)
    crossed: Crossed | None = None
    seen: Seen = field(default_factory=lambda: Seen(often=1))
    _judgements: int = 0
    _helpers: dict[str | None, Helper] = field(default_factory=dict)

    @property
    def place(self) -> Path:
        """The hub's folder in each trial."""
        return self.folder / "place"

    @property
    def hand(self) -> Path:
        """The environment that was made by hand."""
        return self.folder / "hand"

    def helper_of(self, name: str | None) -> Helper:
        """A warm process of an environment's own interpreter. What it imported stays true: each trial has the same bytes."""
        if name not in self._helpers:
            prefix = self.place / ".hub/environments" / name if name else self.hand
            self._helpers[name] = self.kept.enter_context(helper(str(prefix / "bin" / "python"), self.folder))
        return self._helpers[name]

    def set_back(self, origin: Path) -> None:
        """Let the folder be a copy of another one. An environment that is byte for byte as there stays the very files.

        Else what the hub remembers of them would hold no longer, and every trial began with a probe of all modules.
        """
        environments, kept = ".hub/environments", self.folder / "kept"
        kept.mkdir()
        for each in (origin / environments).glob("*"):
            here = self.place / environments / each.name
            if not each.is_symlink() and each.is_dir() and tree_of(here) == tree_of(each):
                here.rename(kept / each.name)
        subprocess.run(["rm", "-rf", str(self.place)], check=True)
        subprocess.run(["cp", "-a", str(origin), str(self.place)], check=True)
        for each in kept.iterdir():
            subprocess.run(["rm", "-rf", str(self.place / environments / each.name)], check=True)
            each.rename(self.place / environments / each.name)
        kept.rmdir()

    def sample(self) -> list[int]:
        """One moment of each kind of step: in the tools, around completion, ``exec``, both commits and the switch."""
        last = {name: number for number, name in enumerate(self.points)}
        commits = [number for number, name in enumerate(self.points) if name == "after COMMIT"]
        return sorted({*(last[name] for name in SAMPLE if name in last), *commits[-3:]})

    def distinct(self) -> list[int]:
        """All moments; of a step that is done again for each of many files those of two, of the last, and of each eighth."""
        numbers: dict[str, list[int]] = {}
        for number, name in enumerate(self.points):
            numbers.setdefault(OF_ONE_FILE.sub("*", name), []).append(number)
        alike = [
            found if len(found) < MANY_FILES else [*found[:2], *found[2::8], found[-1]] for found in numbers.values()
        ]
        return sorted({number for found in alike for number in found})

    @contextmanager
    def trial(self) -> Iterator[EnvironmentTrial]:
        """Set everything back and play."""
        self.set_back(self.folder / "origin")
        with self.store.new(self.place) as url:
            yield EnvironmentTrial(self, url)

    def rehearsed(self, *, without: Sequence[str] = ()) -> list[str]:
        """The moments of the command, undisturbed."""
        with self.trial() as trial:
            points: list[str] = trial.run(trial.operation(watched=True, without=tuple(without)))["points"]
        return points

    def judged(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """Whole or not at all now, in the database and beside it; served without a retry; healed by the retry.

        The next command is in turn ``hub up``, which has to settle it, or the same again.
        """
        try:
            faults = self.mixed(trial, killed=killed)
            left = (trial.dump(), trial.journal(), trial.files(), tree_of(trial.environments.folder), trial.wheels())
            if faults or self.seen.has_enough(left, trial.outcome()):
                return faults
            self._judgements += 1
            is_odd = self._judgements % 2 == 1 or self.scenario.moves_the_hub
            faults = self.unsettled(trial, killed=killed) if is_odd else self.unserved(trial, killed=killed)
            told = trial.run(trial.recovery(without=trial.without))
            if told["code"] not in ((0, 1) if self.scenario.leaves else (0,)):
                faults.append(f"{killed}, again: exit code {told['code']}: {self.log()}")
            return faults + self.unhealed(trial, killed=killed, is_asked=not is_odd)
        except AssertionError as error:
            return [f"{killed}: neither before nor after: {error}"]

    def mixed(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """What is neither as before nor as after the command."""
        now, allowed = trial.outcome(), self.outcomes
        faults = neither(now.dump, [*(each.dump for each in allowed), self.between], killed=killed)
        if now.locked not in [each.locked for each in allowed]:
            faults.append(f"{killed}: hub.lock is neither before nor after")
        if now.document not in [each.document for each in allowed]:
            faults.append(f"{killed}: hub.toml is {now.document!r}")
        return faults + self.torn(trial, killed=killed)

    def torn(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """Environments and wheels that are not, byte for byte, what their names promise."""
        faults = []
        link = trial.environments.folder / CURRENT
        if (link.is_symlink() or self.scenario.is_adopted) and trial.environments.current() is None:
            faults.append(f"{killed}: what is current is no complete environment")
        for each in trial.environments.all():
            if each.lock not in self.sources:
                faults.append(f"{killed}: environment {each.name} has a lock that nobody asked for")
            elif (found := tree_of(each.folder)) != (expected := self.expected(each.name, each.lock)):
                faults.append(f"{killed}: environment {each.name} is mixed: {differing(found, expected)}")
        if (found := tree_of(self.hand)) != self.hand_made:
            faults.append(f"{killed}: the hand-made environment was written to: {differing(found, self.hand_made)}")
        wheels = trial.environments.wheels.glob("*/*.whl")
        wrong = (wheel.name for wheel in wheels if file_hash(wheel) != wheel.parent.name)
        return [*faults, *(f"{killed}: wheel {name} is not what its hash says" for name in wrong)]

    def expected(self, name: str, lock: Lock) -> Tree:
        """What an environment is, built undisturbed: at the same path, for its scripts name it."""
        if (name, lock) not in self.trees:
            aside = self.folder / "aside"
            self.place.rename(aside)
            self.set_back(self.sources[lock])
            self.trees[name, lock] = _built_anew(self, name, lock)
            subprocess.run(["rm", "-rf", str(self.place)], check=True)
            aside.rename(self.place)
        return self.trees[name, lock]

    def unsettled(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """What ``hub up`` leaves that is not, all of it, before or after; it serves meanwhile."""
        answers = trial.served("up", "--yes")
        faults = self.torn(trial, killed=f"{killed}, then up")
        if answers != {WITNESS_READS: self.answers[WITNESS_READS]}:
            faults.append(f"{killed}, then up: the witness does not serve")
        if (now := trial.outcome()) not in self.outcomes:
            faults.append(f"{killed}, then up: {self.told(now)}")
        return faults + self.disagreeing(trial, killed=f"{killed}, then up")

    def disagreeing(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """Operations that came to no end, and a generation that names another environment than the link."""
        journal, current = trial.journal(), trial.environments.current()
        faults = [f"{killed}: operation {each} has no end" for each in journal.open]
        if journal.environment != (current.name if current else None):
            faults.append(f"{killed}: the generation names environment {journal.environment}, the link {current}")
        return faults

    def unserved(self, trial: EnvironmentTrial, *, killed: str) -> list[str]:
        """Whether ``hub serve`` serves, without anybody doing anything."""
        answers = trial.served("serve")
        return [] if answers == {WITNESS_READS: self.answers[WITNESS_READS]} else [f"{killed}: serves {answers}"]

    def unhealed(self, trial: EnvironmentTrial, *, killed: str, is_asked: bool) -> list[str]:
        """What is not as it is when nobody is killed, after the command was run again."""
        killed = f"{killed}, again"
        faults = [*self.torn(trial, killed=killed), *self.disagreeing(trial, killed=killed)]
        if (now := trial.outcome()) != self.outcomes[-1]:
            faults.append(f"{killed}: {self.told(now)}")
        if is_asked and (answers := trial.served("serve", reads=(WITNESS_READS, SUBJECT_READS))) != self.answers:
            faults.append(f"{killed}: answers {answers}")
        if (files := trial.files()) != self.files:
            faults.append(f"{killed}: files {sorted({*files} ^ {*self.files})}")
        if left := sorted({*trial.wheels()} - self.wheels):
            faults.append(f"{killed}: in the wheel store {left}")
        return faults

    def told(self, now: Outcome) -> str:
        """In what it differs from how it should end."""
        final = self.outcomes[-1]
        faults = neither(now.dump, [final.dump], killed="rows")
        faults += [name for name in ("lock", "locked", "document") if getattr(now, name) != getattr(final, name)]
        return "; ".join(faults)

    def log(self) -> str:
        """What commands wrote on their outputs."""
        log = self.folder / "child.log"
        return log.read_text()[-2000:] if log.exists() else ""


@contextmanager
def environment_staged(
    scenario: EnvironmentScenario, store: Store, shelves: Shelves, folder: Path
) -> Iterator[EnvironmentStage]:
    """Prepare a scenario: make the first environment by hand, let the hub take it over, fill the database, rehearse."""
    folder.mkdir()
    with ExitStack() as kept:
        stage = EnvironmentStage(scenario, store, shelves, folder, kept)
        _make_by_hand(stage)
        stage.place.mkdir()
        (stage.place / COUNTS).resolve().touch()
        (stage.place / "hub.toml").write_text(scenario.document)
        _begin(stage, kept.enter_context(store.new(stage.place)))
        _rehearse(stage)
        yield stage


def _make_by_hand(stage: EnvironmentStage) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(stage.hand)], check=True)
    named = ["hub-core", *(f"hub-module-{name}" for name in stage.scenario.installed)]
    wheelhouse = stage.shelves.wheelhouse(("witness", "first"))
    uv, python = stage.shelves.programs / "uv", stage.hand / "bin" / "python"
    command = [
        str(uv),
        "pip",
        "install",
        "--quiet",
        "--compile-bytecode",
        "--no-index",
        "--find-links",
        str(wheelhouse),
    ]
    environment = {**os.environ, "UV_CACHE_DIR": str(stage.shelves.cache)}
    subprocess.run([*command, "--python", str(python), *named], check=True, env=environment)
    stage.hand_made = tree_of(stage.hand)


def _begin(stage: EnvironmentStage, url: str) -> None:
    trial = EnvironmentTrial(stage, url)
    if stage.scenario.is_adopted:
        told = trial.run(trial.job("hub", "environment", "adopt", "--yes"))
        assert told["code"] == 0, stage.log()
    answers = trial.served("up", "--yes")
    assert answers[WITNESS_READS][0] == 200, stage.log()
    with connect(parse_url(url)) as connection:
        for row in stage.scenario.rows:
            connection.exec_driver_sql(row)
        connection.commit()
    locked: list[tuple[str, str]] = []
    for command in stage.scenario.before:
        told = trial.run(trial.job("hub", *command))
        assert told["code"] == 0, stage.log()
        locked.append((_current(trial), (stage.place / "hub.lock").read_text()))
    if stage.scenario.pulls:
        subprocess.run(["rm", "-rf", str(trial.environments.folder / locked[0][0])], check=True)
        (stage.place / "hub.lock").write_text(locked[0][1])
    for name in SQLITE_FILES:
        (stage.place / name).unlink(missing_ok=True)
    stage.store.keep(stage.place, url)
    subprocess.run(["cp", "-a", str(stage.place), str(stage.folder / "origin")], check=True)


def _rehearse(stage: EnvironmentStage) -> None:
    """Play it undisturbed: what may be there, the moments to kill it at, the answers when all is well."""
    with stage.trial() as trial:
        _know(stage, trial, "origin")
        told = trial.run(trial.operation(watched=True))
        assert bool(told["code"]) == (stage.scenario.mended is not None), stage.log()
        carried = [each[2] for each in told["crosses"] if each[1] == "carry"]
        _know(stage, trial, "after")
        told = trial.run(trial.recovery())
        assert told["code"] == (1 if stage.scenario.leaves else 0), stage.log()
        _know(stage, trial, "final")
        stage.answers = trial.served("serve", reads=(WITNESS_READS, SUBJECT_READS))
        expected = [200, 404 if stage.scenario.leaves else 200]
        assert [status for status, _ in stage.answers.values()] == expected, stage.log()
        stage.files = trial.files()
    if stage.scenario.mended is not None:
        with stage.trial() as trial:
            trial.run(trial.operation(without=("verification",)))
            stage.between = trial.dump()
    if stage.scenario.passes:
        with stage.trial() as trial:
            trial.run(trial.job("hub", *stage.scenario.passes))
            stage.between = {**stage.outcomes[0].dump, "subject": trial.dump()["subject"]}
    stage.points = stage.rehearsed()
    for carries in carried:
        _keep_crossed(stage, carries)


def _keep_crossed(stage: EnvironmentStage, carries: str) -> None:
    """Keep the folder as it is where the command becomes ``hub carry``, and take the moments behind it from there."""
    with stage.trial() as trial:
        name, _ = trial.kill_at(trial.operation(), CROSSING)
        assert name == CROSSING, stage.log()
        _keep(stage, trial, "crossed")
    crossed = Crossed(point=stage.points.index(CROSSING), carries=carries)
    with stage.trial() as trial:
        behind = trial.run(trial.arriving(trial.operation(watched=True), crossed))["points"]
    stage.points[crossed.point + 1 :] = behind
    stage.crossed = crossed


def _current(trial: EnvironmentTrial) -> str:
    current = trial.environments.current()
    return current.name if current else ""


def _know(stage: EnvironmentStage, trial: EnvironmentTrial, name: str) -> None:
    """Take how it stands now as one of the ways in which it may."""
    stage.outcomes.append(trial.outcome())
    _keep(stage, trial, name)


def _keep(stage: EnvironmentStage, trial: EnvironmentTrial, name: str) -> None:
    """Keep the folder, with its environments as they must be."""
    folder = stage.folder / name
    if not folder.exists():
        subprocess.run(["cp", "-a", str(stage.place), str(folder)], check=True)
    for environment in trial.environments.all():
        stage.sources.setdefault(environment.lock, folder)
        stage.trees.setdefault((environment.name, environment.lock), tree_of(environment.folder))
    stage.wheels |= frozenset(trial.wheels())


def _built_anew(stage: EnvironmentStage, name: str, lock: Lock) -> Tree:
    environments = Environments(stage.place / ".hub")
    subprocess.run(["rm", "-rf", str(environments.folder / name)], check=True)
    with workshop(_settings(stage)) as at:
        return tree_of(build(lock, at, name=name).folder)


def _settings(stage: EnvironmentStage) -> HubSettings:
    wheelhouse = stage.shelves.wheelhouse(stage.scenario.shelf)
    return read_settings(stage.place, wheelhouse=wheelhouse, installer="uv", lock_seconds=60.0)


def _wait_for(lock: int) -> None:
    until = time.monotonic() + TOOLS_SECONDS
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        assert time.monotonic() < until, "a tool still works for a process that is dead"
        time.sleep(0.005)


def _is_worked_in(place: Path) -> bool:
    for each in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if each.readlink() == place:
                return True
    return False


def _answer(url: str) -> list[Any]:
    answer = httpx2.get(url, timeout=30)
    return [answer.status_code, answer.json() if answer.is_success else None]
