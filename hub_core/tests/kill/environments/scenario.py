"""What is killed here: a command that builds an environment, the releases on the shelf, and what was installed before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from hub_core.tests.kill.environments.commands import COMES_UP, FALLS_BACK
from hub_core.tests.kill.releases import HOOKS, REVERSIBLE, SUBJECT_1, SUBJECT_2, WITNESS
from hub_core.tests.kill.scenario import PEOPLE_WROTE

_UNWELL: Final = """
        from hub_hookspecs import Health, HealthStatus

        @hookimpl
        async def hub_health(context):
            return Health(status=HealthStatus.UNHEALTHY, detail="no scales")
    """
RELEASES: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "witness": ("witness", "1.0", WITNESS),
    "first": ("subject", "1.0", {**SUBJECT_1, **HOOKS}),
    "patched": ("subject", "1.0.1", {**SUBJECT_1, **HOOKS}),
    "second": ("subject", "1.1", {**SUBJECT_2, **HOOKS}),
    "reversible": ("subject", "1.1", {**REVERSIBLE, **HOOKS}),
    "unwell": ("subject", "1.1", {**SUBJECT_2, "__init__.py": HOOKS["__init__.py"] + _UNWELL}),
    "mended": ("subject", "1.2", {**SUBJECT_2, **HOOKS}),
}
"""Name, version and files, each built into a wheel."""
LIBRARY: Final = "markupsafe"
"""What the shelf has a later release of."""
HUB: Final = "hub-core"
"""And another one, with tables of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentScenario:
    """One command that is killed at every moment of it."""

    name: str
    command: tuple[str, ...]
    shelf: tuple[str, ...]
    """The releases that the wheelhouse has during the command, beside the libraries."""
    installed: tuple[str, ...]
    """The modules in the environment that was made by hand."""
    is_adopted: bool = True
    """Whether the hub manages the environments before."""
    mended: tuple[str, ...] | None = None
    """For a command that fails: the releases that the next one finds."""
    rows: tuple[str, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    """Commands that ran once people had written."""
    passes: tuple[str, ...] = ()
    """A command that leaves the module as it is half way, once its first step is done."""
    pulls: bool = False
    """Whether hub.lock then becomes what it was behind the first of these, whose environment is not on this machine."""
    runs_in: str | None = None
    """The environment of the process that does it, where that is not the current one."""
    moves_the_hub: bool = False
    """Whether the core's tables go along: only who changes something takes them back, and not ``hub serve``."""
    leaves: bool = False
    """Whether nothing of the module is there afterwards: the same command again says so, and ends with 1."""

    @property
    def document(self) -> str:
        """hub.toml."""
        return "# ours\n" + "".join(f"[modules.{name}]\nenabled = true\n\n" for name in self.installed)


INSTALLING: Final = EnvironmentScenario(
    name="install",
    command=("install", "subject", "--yes"),
    shelf=("witness", "first"),
    installed=("witness",),
    rows=PEOPLE_WROTE[-1:],
)
UPGRADING: Final = EnvironmentScenario(
    name="upgrade from 1.0 to 1.1 with data",
    command=("upgrade", "subject", "--yes"),
    shelf=("witness", "first", "second"),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
)
FAILING: Final = EnvironmentScenario(
    name="upgrade that is not well, undone",
    command=("upgrade", "subject", "--yes"),
    shelf=("witness", "first", "unwell"),
    mended=("witness", "first", "mended"),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
)
ADOPTING: Final = EnvironmentScenario(
    name="environment adopt",
    command=("environment", "adopt", "--yes"),
    shelf=("witness", "first"),
    installed=("witness", "subject"),
    is_adopted=False,
    rows=PEOPLE_WROTE,
)
DOWNGRADING: Final = EnvironmentScenario(
    name="downgrade from a recovery point",
    command=("downgrade", "subject==1.0", "--yes"),
    shelf=("witness", "first", "second"),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
    before=(("upgrade", "subject", "--yes"),),
)
LOWERING: Final = replace(DOWNGRADING, name="downgrade by safe revisions", shelf=("witness", "first", "reversible"))
GOING_BACK: Final = EnvironmentScenario(
    name="environment use",
    command=("environment", "use", "1", "--yes"),
    shelf=("witness", "first", "patched"),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
    before=(("upgrade", "subject", "--yes"),),
)
PULLING: Final = replace(
    GOING_BACK,
    name="up with a hub.lock from elsewhere",
    command=(COMES_UP,),
    before=(("upgrade", "subject", "--yes"), ("environment", "use", "1", "--yes")),
    pulls=True,
)
FALLING_BACK: Final = replace(
    GOING_BACK,
    name="back by itself",
    command=(FALLS_BACK,),
    shelf=("witness", "first", LIBRARY),
    before=(("upgrade", LIBRARY, "--yes"),),
    runs_in="1",
)
MOVING_THE_HUB: Final = EnvironmentScenario(
    name="upgrade of the hub itself",
    command=("upgrade", HUB, "--yes"),
    shelf=("witness", "first", HUB),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
    moves_the_hub=True,
)
REMOVING: Final = EnvironmentScenario(
    name="uninstall with its distribution, purged",
    command=("uninstall", "subject", "--purge", "--yes"),
    shelf=("witness", "first"),
    installed=("witness", "subject"),
    rows=PEOPLE_WROTE,
    passes=("disable", "subject", "--yes"),
    leaves=True,
)
_ALL: Final = (
    INSTALLING,
    UPGRADING,
    FAILING,
    ADOPTING,
    DOWNGRADING,
    LOWERING,
    GOING_BACK,
    PULLING,
    FALLING_BACK,
    MOVING_THE_HUB,
    REMOVING,
)
ENVIRONMENT_SCENARIOS: Final = {each.name: each for each in _ALL}
