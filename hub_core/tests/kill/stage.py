"""A scenario on one database, ready to be played again and again, and the judgement of what a kill left."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hub_core.database import ARCHIVE_SUFFIX, connect, open_sqlite_backup, parse_url, read_archive, read_portable
from hub_core.tests.kill.child import Job
from hub_core.tests.kill.children import Child, Helper
from hub_core.tests.kill.databases import Store, copied
from hub_core.tests.kill.dump import Dump, Journal
from hub_core.tests.kill.releases import SUBJECT_READS, WITNESS_READS, install
from hub_core.tests.kill.scenario import Scenario

SQLITE_FILES: Final = ("hub.db-wal", "hub.db-shm")
CACHES: Final = (".hub/catalog.json", ".hub/descriptions.json", ".hub/probe.json")
OF_NO_ACCOUNT: Final = (*SQLITE_FILES, *CACHES, ".hub/deaths.json")
BACKUPS: Final = (".hub/backups/*", ".hub/archives/*")
Told = dict[str, Any]


@dataclass
class Trial:
    """One playing of the scenario: a folder with a database as they were before the operation."""

    stage: "Stage"
    folder: Path
    url: str
    without: tuple[str, ...] = ()
    """Mechanisms that whoever comes next runs without as well."""

    def job(self, site: str, operation: str, **more: Any) -> Job:
        """A job on this database with the modules of ``site``."""
        return Job(
            folder=str(self.folder), site=str(self.stage.folder / site), url=self.url, operation=operation, **more
        )

    def operation(self, **more: Any) -> Job:
        """What the scenario is about."""
        return self.job("release", self.stage.scenario.operation, **more)

    def recovery(self, **more: Any) -> Job:
        """What somebody does next: the same again, or with the mended release; then the hub answers."""
        site = "release" if self.stage.scenario.mended is None else "mended"
        return self.job(site, self.stage.scenario.operation, **{"reads": (WITNESS_READS, SUBJECT_READS), **more})

    def run(self, job: Job) -> Told:
        """Let it run undisturbed."""
        child = self.stage.helper.start(job)
        told = child.told()
        status = child.wait()
        assert status == 0, (status, self.stage.log())
        assert told is not None
        assert "done" in told
        return told

    def judged(self, *, killed: str) -> list[str]:
        """What is wrong after a kill; see :meth:`Stage.judged`."""
        return self.stage.judged(self, killed=killed)

    def kill_at(self, job: Job, point: int) -> tuple[str | None, int]:
        """Kill it at one of its moments; which that was, ``None`` when it never came there, and how many it passed."""
        child = self.stage.helper.start(job_at(job, point))
        told = child.told()
        assert told is not None, self.stage.log()
        self._killed(child)
        return told.get("name"), len(told.get("points", ()))

    def kill_after(self, job: Job, seconds: float) -> bool:
        """Kill it when some time has passed; whether it was still at work."""
        child = self.stage.helper.start(job)
        try:
            child.line(seconds)
        except TimeoutError:
            self._killed(child)
            return True
        child.wait()
        self.stage.store.settle(self.url)
        return False

    def _killed(self, child: Child) -> None:
        child.kill()
        self.stage.store.settle(self.url)

    def dump(self) -> Dump:
        """Everything the database holds now."""
        return self.stage.store.dump(self.folder, self.url)

    def journal(self) -> Journal:
        """What the journal says."""
        return self.stage.store.journal(self.folder, self.url)

    def files(self) -> list[str]:
        """What lies in the folder, but for finished backups, caches, and what SQLite has beside its file."""
        found = (str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())
        return sorted(name for name in found if not is_of_no_account(name) and not is_finished_backup(name))

    def document(self) -> str:
        """What hub.toml says; nothing where none was written yet."""
        path = self.folder / "hub.toml"
        return path.read_text() if path.is_file() else ""

    def torn_backups(self) -> list[str]:
        """The finished backups that cannot be read to their end: what has the name must be whole."""
        torn = []
        for path in sorted(path for pattern in BACKUPS for path in self.folder.glob(pattern)):
            if is_finished_backup(path.name):
                try:
                    _read_backup(path)
                except Exception as error:
                    torn.append(f"{path.name}: {error}")
        return torn


@dataclass
class Seen:
    """What kills have left so far. Most of them hit the same transaction, and leave the same.

    What follows from the same database, journal and files is tried twice, and not each time anew.
    """

    often: int = 2
    _counted: Counter[bytes] = field(default_factory=Counter)

    def has_enough(self, *left: object) -> bool:
        """Whether this was left before, often enough."""
        key = hashlib.sha256(repr(left).encode()).digest()
        self._counted[key] += 1
        return self._counted[key] > self.often

    def __len__(self) -> int:
        return len(self._counted)


@dataclass
class Stage:
    """The prepared scenario: ``before`` and ``after`` the operation, and ``final`` when all is well again."""

    scenario: Scenario
    store: Store
    helper: Helper
    folder: Path
    before: Dump = field(default_factory=dict)
    after: Dump = field(default_factory=dict)
    final: Dump = field(default_factory=dict)
    between: Dump = field(default_factory=dict)
    """For an operation that is undone: what it had done by then."""
    points: list[str] = field(default_factory=list)
    recovery_points: list[str] = field(default_factory=list)
    seconds: float = 0.0
    files: list[str] = field(default_factory=list)
    answers: Told = field(default_factory=dict)
    document: str = ""
    seen: Seen = field(default_factory=Seen)

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """Set everything back and play."""
        folder = copied(self.folder / "origin", self.folder / "trial")
        with self.store.new(folder) as url:
            yield Trial(self, folder, url)

    def rehearsed(self, *, without: Sequence[str] = ()) -> list[str]:
        """The moments of the operation, undisturbed."""
        with self.trial() as trial:
            points: list[str] = trial.run(trial.operation(watched=True, without=tuple(without)))["points"]
        return points

    def log(self) -> str:
        """What children wrote on their standard error."""
        log = self.folder / "child.log"
        return log.read_text()[-4000:] if log.exists() else ""

    def mixed(self, found: Dump, *, killed: str) -> list[str]:
        """Every owner whose tables, rows and records are neither as before nor as after the operation."""
        left_out = () if self.scenario.whole else ("subject",)
        return neither(found, [self.before, self.after, self.between, self.final], killed=killed, left_out=left_out)

    def unhealed(self, trial: Trial, told: Told, *, killed: str) -> list[str]:
        """What is not as it is when nobody is killed, after the recovery."""
        found = trial.dump()
        faults = [
            f"{killed}, recovered: {owner} differs: {difference(found, self.final, owner)}"
            for owner in sorted({*found, *self.final})
            if found.get(owner) != self.final.get(owner)
        ]
        if told["answers"] != self.answers:
            faults.append(f"{killed}, recovered: answers {told['answers']}")
        if told["errors"]:
            faults.append(f"{killed}, recovered: {told['errors']}")
        faults += [f"{killed}: backup {torn}" for torn in trial.torn_backups()]
        if (document := trial.document()) != self.document:
            faults.append(f"{killed}, recovered: hub.toml is {document!r}")
        if (files := trial.files()) != self.files:
            faults.append(f"{killed}, recovered: files {files} instead of {self.files}")
        return faults

    def judged(self, trial: Trial, *, killed: str) -> list[str]:
        """Whole or not at all now; served without a retry where there was something before; healed by the retry."""
        try:
            return self._judged(trial, killed=killed)
        except AssertionError as error:  # the database's own checks find rows that refer to nothing, or damage
            return [f"{killed}: subject is neither before nor after: {error}"]

    def _judged(self, trial: Trial, *, killed: str) -> list[str]:
        faults = self.mixed(trial.dump(), killed=killed)
        if self.seen.has_enough(trial.dump(), trial.journal(), trial.files(), trial.document()):
            return faults
        if self.scenario.before is not None:
            served = trial.run(trial.job("release", "serve", reads=(WITNESS_READS,)))
            if served["answers"].get(WITNESS_READS) != self.answers[WITNESS_READS]:
                faults.append(f"{killed}: the witness does not serve: {served}")
        if self.scenario.settles:
            faults += self.unsettled(trial, killed=killed)
        return faults + self.unhealed(trial, trial.run(trial.recovery()), killed=killed)

    def unsettled(self, trial: Trial, *, killed: str) -> list[str]:
        """What ``hub up`` leaves that is neither before nor after: whatever was cut off is undone or finished."""
        trial.run(trial.job("release", "up", without=trial.without))
        found = trial.dump()
        if found in (self.before, self.after):
            return []
        owners = [owner for owner in sorted({*found, *self.after}) if found.get(owner) != self.after.get(owner)]
        return [f"{killed}, then up: {each} {difference(found, self.after, each)}" for each in owners]


@contextmanager
def staged(scenario: Scenario, store: Store, helper: Helper, folder: Path, *, rehearse: bool = True) -> Iterator[Stage]:
    """Prepare a scenario: what stood before and, with ``rehearse``, what it leads to undisturbed."""
    stage = Stage(scenario, store, helper, folder)
    sites = {"before": scenario.before, "release": scenario.release, "mended": scenario.mended}
    for number, (site, modules) in enumerate(sites.items(), 1):
        if modules is not None:
            changed = modules is not scenario.before and modules != scenario.before
            install(folder / site, modules, versions={"subject": f"{number}.0" if changed else "1.0"})
    origin = folder / "origin"
    origin.mkdir()
    if scenario.document is not None:
        (origin / "hub.toml").write_text(scenario.document)
    with ExitStack() as kept:
        if scenario.before is not None:
            _bring_up(stage, origin, kept.enter_context(store.new(origin)))
        if rehearse:
            _rehearse(stage)
        yield stage


def _bring_up(stage: Stage, origin: Path, url: str) -> None:
    trial = Trial(stage, origin, url)
    assert trial.run(trial.job("before", "up"))["errors"] == []
    with connect(parse_url(url)) as connection:
        for row in stage.scenario.rows:
            connection.exec_driver_sql(row)
        connection.commit()
    if stage.scenario.since:
        assert trial.run(trial.job("before", "create an archive"))["errors"] == []
        with connect(parse_url(url)) as connection:
            for row in stage.scenario.since:
                connection.exec_driver_sql(row)
            connection.commit()
    for name in SQLITE_FILES:
        (origin / name).unlink(missing_ok=True)
    stage.store.keep(origin, url)


def _rehearse(stage: Stage) -> None:
    """Play it undisturbed: the states it may be in, the moments to kill it at, the answers when all is well."""
    with stage.trial() as trial:
        stage.before = trial.dump()
        told = trial.run(trial.operation())
        stage.seconds = told["ended"] - told["began"]
        assert bool(told["errors"]) == (stage.scenario.mended is not None), told["errors"]
        stage.after = trial.dump()
        told = trial.run(trial.recovery(watched=True))
        assert told["errors"] == []
        stage.recovery_points = told["points"]
        stage.answers, stage.final, stage.files = told["answers"], trial.dump(), trial.files()
        stage.document = trial.document()
    stage.between = stage.after
    if stage.scenario.mended is not None:
        with stage.trial() as trial:
            trial.run(trial.operation(without=("verification",)))
            stage.between = trial.dump()
    if stage.scenario.passes:
        with stage.trial() as trial:
            trial.run(trial.job("release", stage.scenario.passes))
            stage.between = {**stage.before, "subject": trial.dump()["subject"]}
    stage.points = stage.rehearsed()


def is_of_no_account(name: str) -> bool:
    """Whether it is a cache, the record of processes that died, or what SQLite has beside its file."""
    return name in OF_NO_ACCOUNT or re.fullmatch(r"\.hub/surfaces/[0-9a-f]{64}\.json", name) is not None


def is_finished_backup(name: str) -> bool:
    """Whether it has the name of one, so that it must be whole."""
    return name.endswith((".db", ".tar.gz", ARCHIVE_SUFFIX)) and name != "hub.db"


def _read_backup(path: Path) -> None:
    if path.suffix == ".db":
        copy, _ = open_sqlite_backup(path)
        copy.close()
    elif path.suffix == ARCHIVE_SUFFIX:
        read_portable(path, ())
    else:
        read_archive(path)


def job_at(job: Job, point: int) -> Job:
    """The same job, watched, with a moment to stop at."""
    return replace(job, watched=True, stop_at=point)


def neither(found: Dump, allowed: Sequence[Dump], *, killed: str, left_out: Collection[str] = ()) -> list[str]:
    """Every owner whose tables, rows and records are as in none of ``allowed``, the first of which is the state before."""
    return [
        f"{killed}: {owner} is neither before nor after: {difference(found, allowed[0], owner)}"
        for owner in sorted(set(found).union(*allowed))
        if owner not in left_out and all(found.get(owner, []) != each.get(owner, []) for each in allowed)
    ]


def difference(found: Dump, expected: Dump, owner: str) -> str:
    """What of an owner is other than it should be."""
    here, there = set(found.get(owner, [])), set(expected.get(owner, []))
    return f"{sorted(here - there, key=repr)} instead of {sorted(there - here, key=repr)}"[:1500]
