"""What is killed: an operation, the modules on disk while it runs, and what stood before. One more is one entry here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub_core.tests.kill.releases import CONCURRENTLY, HOOKS, MENDED, RAISES, SEEDED, SUBJECT_1, SUBJECT_2, WITNESS

Modules = Mapping[str, Mapping[str, str]]
"""The files of each module, by its name."""

PEOPLE_WROTE: Final = (
    *(f"INSERT INTO subject_parent VALUES ({number}, 'parent {number}')" for number in range(2, 12)),
    *(f"INSERT INTO subject_child VALUES ({number}, {number % 10 + 2}, 'child {number}')" for number in range(30)),
    "INSERT INTO witness_row VALUES ('written'), ('and committed')",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that is killed at every moment of it."""

    name: str
    release: Modules
    """The modules on disk during the operation."""
    before: Modules | None = None
    """What was brought up first; ``None``: there is no database yet."""
    rows: tuple[str, ...] = ()
    """What people had written by then."""
    since: tuple[str, ...] = ()
    """What they wrote, or lost, once the whole hub was archived."""
    mended: Modules | None = None
    """For an operation that fails: what the next one finds on disk."""
    operation: str = "up"
    settles: bool = False
    """Whether ``hub up`` alone, instead of the operation again, leads to the state before it or after it."""
    whole: bool = True
    """Whether ``subject`` is migrated in one piece: a revision outside a transaction stands between two others."""
    passes: str = ""
    """An operation that leaves the module as this one does half way, once its first step is done."""
    document: str | None = "".join(f"[modules.{name}]\nenabled = true\n\n" for name in ("subject", "witness"))
    """hub.toml; ``None``: the hub writes its own, naming every module it finds."""


FRESH: Final = Scenario(name="fresh install", release={"subject": SUBJECT_2, "witness": WITNESS})
FIRST_START: Final = Scenario(
    name="first start without hub.toml", release={"subject": SUBJECT_1, "witness": WITNESS}, document=None
)
UPGRADE: Final = Scenario(
    name="upgrade with data",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_2, "witness": WITNESS},
)
RAISING: Final = Scenario(
    name="migration that raises",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": {**SUBJECT_2, **RAISES}, "witness": WITNESS},
    mended={"subject": {**SUBJECT_2, **MENDED}, "witness": WITNESS},
)
SEEDING: Final = Scenario(
    name="upgrade with seed data",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SEEDED, "witness": WITNESS},
)
BACK: Final = Scenario(
    name="migrate back",
    before={"subject": SUBJECT_2, "witness": WITNESS},
    rows=tuple(row.replace("subject_parent VALUES", "subject_parent (id, name) VALUES") for row in PEOPLE_WROTE),
    release={"subject": SUBJECT_2, "witness": WITNESS},
    operation="back",
)
OUTSIDE: Final = Scenario(
    name="revision outside a transaction",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": CONCURRENTLY, "witness": WITNESS},
    whole=False,
)
ENABLING: Final = Scenario(
    name="enable a new module",
    before={"witness": WITNESS},
    rows=PEOPLE_WROTE[-1:],
    release={"subject": SUBJECT_2, "witness": WITNESS},
    operation="enable",
    settles=True,
    document="[modules.subject] # off\nenabled = false\n\n[modules.witness]\n",
)
ENABLING_UPGRADE: Final = Scenario(
    name="enable an upgrade with data",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_2, "witness": WITNESS},
    operation="enable",
)
DISABLING: Final = Scenario(
    name="disable",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="disable",
    settles=True,
)
UNWELL: Final = Scenario(
    name="an upgrade that is not well, undone",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": {**SUBJECT_2, "unwell.txt": ""}, "witness": WITNESS},
    mended={"subject": SUBJECT_2, "witness": WITNESS},
    operation="enable",
)
PURGING: Final = Scenario(
    name="uninstall, purged",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="purge",
    passes="disable",
    settles=True,
)
ARCHIVING: Final = Scenario(
    name="uninstall, archived",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="archive",
    passes="disable",
    settles=True,
)
KEEPING: Final = Scenario(
    name="uninstall, kept",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="keep",
    settles=True,
)
MOVING: Final = Scenario(
    name="move to a schema of its own",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="move",
    settles=True,
)
MOVING_BACK: Final = Scenario(
    name="move back to the schema of all",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=tuple(statement.replace(" subject_", " hub_subject.subject_") for statement in PEOPLE_WROTE),
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="move back",
    settles=True,
    document='[modules.subject]\nenabled = true\nplacement = "schema"\n\n[modules.witness]\nenabled = true\n\n',
)
LOST: Final = ("DELETE FROM subject_child", "UPDATE subject_parent SET name = 'lost'")
RESTORING: Final = Scenario(
    name="restore of a module",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    since=LOST,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="restore",
)
RESTORING_ALL: Final = Scenario(
    name="restore of the whole hub",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    since=LOST,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="restore all",
)
BACKING_UP: Final = Scenario(
    name="backup of the whole hub",
    before={"subject": SUBJECT_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": SUBJECT_1, "witness": WITNESS},
    operation="back up",
)
HOOKED_1: Final = {**SUBJECT_1, **HOOKS}
HOOKED_2: Final = {**SUBJECT_2, **HOOKS}
HOOKED_INSTALL: Final = Scenario(
    name="hooks of an installation",
    before={"witness": WITNESS},
    rows=PEOPLE_WROTE[-1:],
    release={"subject": HOOKED_1, "witness": WITNESS},
    operation="enable",
    settles=True,
    document=ENABLING.document,
)
HOOKED_UPGRADE: Final = Scenario(
    name="hooks of an upgrade",
    before={"subject": HOOKED_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": HOOKED_2, "witness": WITNESS},
    operation="enable",
)
HOOKED_DISABLE: Final = Scenario(
    name="the hook of a disabling",
    before={"subject": HOOKED_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": HOOKED_1, "witness": WITNESS},
    operation="disable",
    settles=True,
)
HOOKED_UNWELL: Final = Scenario(
    name="hooks of an upgrade that is undone",
    before={"subject": HOOKED_1, "witness": WITNESS},
    rows=PEOPLE_WROTE,
    release={"subject": {**HOOKED_2, "unwell.txt": ""}, "witness": WITNESS},
    mended={"subject": HOOKED_2, "witness": WITNESS},
    operation="enable",
)
ALL_SCENARIOS: Final = (
    *(FRESH, FIRST_START, UPGRADE, RAISING, SEEDING, BACK, OUTSIDE),
    *(ENABLING, ENABLING_UPGRADE, DISABLING, UNWELL),
    *(KEEPING, PURGING, ARCHIVING, RESTORING, RESTORING_ALL, BACKING_UP),
    *(HOOKED_INSTALL, HOOKED_UPGRADE, HOOKED_DISABLE, HOOKED_UNWELL),
)
SCENARIOS: Final = {scenario.name: scenario for scenario in ALL_SCENARIOS}
