"""What keeps a wanted module from running although it could by itself: wishes, the database, what is not enabled."""

from collections.abc import Iterator, Mapping

from packaging.version import Version

from ..catalog import FoundModule
from ..manifest import TextInvalid, range_text, read_range, read_version
from ..resolution import Reason, Resolution, blocked_by, is_glue, triggers
from .values import Desired, DesiredModule, ModuleState, RecordedModule
from .wanted import is_wanted


def hindrances(
    *, recorded: Mapping[str, RecordedModule], desired: Desired, resolution: Resolution
) -> dict[str, tuple[Reason, ...]]:
    """Why each wanted module on disk cannot run: what the resolution says, and what is found here, spread to all behind."""
    own = {
        name: tuple(_own(found, recorded.get(name), desired.modules.get(name), resolution))
        for name, found in resolution.chosen.items()
        if name in resolution.wanted
    }
    roots = {name: reasons for name, reasons in own.items() if reasons}
    spread = blocked_by({name: resolution.requires[name] for name in own}, roots) if roots else {}
    claimed = {name for name in resolution.reasons if is_wanted(name, recorded, desired, resolution)}
    reasons = {
        name: (*resolution.reasons.get(name, ()), *own.get(name, ()), *spread.get(name, ()))
        for name in sorted({*own, *claimed})
    }
    return {name: tuple(dict.fromkeys(each)) for name, each in reasons.items() if each}


def _own(
    found: FoundModule, record: RecordedModule | None, wish: DesiredModule | None, resolution: Resolution
) -> Iterator[Reason]:
    if wish and wish.version and not read_range(wish.version).contains(found.version, prereleases=True):
        yield _out_of_range(found, wish.version)
    if record and record.state is not ModuleState.ABSENT and _is_ahead(found, record):
        yield _schema_newer(found, record)
    if record and record.state is not ModuleState.ABSENT and wish and wish.placement not in (None, record.placement):
        yield _placement_changed(found, record, wish)
    for name in sorted(resolution.requires[found.name] - resolution.wanted):
        yield _disabled(name, resolution)


def _out_of_range(found: FoundModule, wanted: str) -> Reason:
    wanted = range_text(read_range(wanted))
    return Reason(
        code="version_unwanted",
        text=f"is wanted in versions {wanted} ([modules.{found.name}] in hub.toml), but {found.version} is installed",
        remedy=f"pip install '{found.distribution}{wanted}', or change the range in hub.toml",
    )


def _placement_changed(found: FoundModule, record: RecordedModule, wish: DesiredModule) -> Reason:
    return Reason(
        code="placement_changed",
        text=f"is wanted in placement {wish.placement}, but its tables were made in placement {record.placement}",
        remedy=f'Set placement = "{record.placement}" under [modules.{found.name}] in hub.toml, or move them: hub move {found.name} {wish.placement}',
    )


def _disabled(name: str, resolution: Resolution) -> Reason:
    """Why a requirement does not run that could; glue is not enabled by its own name."""
    module = resolution.chosen[name]
    absent = sorted(triggers(module, resolution.requires[name]) - resolution.wanted) if is_glue(module) else []
    text = f"needs {name}, which is not enabled"
    if absent:
        text += f": it appears when {' and '.join(absent)} {'is' if len(absent) == 1 else 'are'}"
    tables = " and ".join(f"[modules.{each}]" for each in absent or [name])
    return Reason(
        code="requirement_disabled", text=text, remedy=f"Set enabled = true under {tables} in hub.toml, then run hub up"
    )


def _is_ahead(found: FoundModule, record: RecordedModule) -> bool:
    """Whether the tables are at a revision that the files do not have.

    A module may keep its revisions elsewhere, where only its code says; then an older version is taken for a sign.
    """
    if record.revision is None or record.revision in {revision.id for revision in found.revisions}:
        return False
    return bool(found.revisions) or is_older(found, record)


def is_older(found: FoundModule, record: RecordedModule) -> bool:
    """Whether the version on disk is older than the recorded one."""
    try:
        return found.version < read_version(record.version)
    except TextInvalid:
        return found.version < Version("0")


def _schema_newer(found: FoundModule, record: RecordedModule) -> Reason:
    other = f"pip install '{found.distribution}=={record.version}'"
    is_same = record.version == str(found.version)
    return Reason(
        code="schema_newer",
        text=f"its tables are at {record.revision}, as version {record.version} left them, "
        f"and the {found.version} on disk has no such revision",
        remedy=f"Bring the revision file of {record.revision} back" if is_same else other,
    )


def not_installed(name: str, record: RecordedModule | None) -> Reason:
    """Why a module that is wanted or recorded, and not on disk, does not run."""
    if record is None:
        return Reason(
            code="not_installed",
            text=f"{name} is wanted, but no distribution with that module is installed",
            remedy=f"Install the distribution of {name}, or take {name} out of hub.toml",
        )
    text = f"{record.distribution} is recorded, but not installed in this environment"
    again = f"pip install '{record.distribution}=={record.version}'"
    if record.revision is not None:
        return Reason(code="not_installed", text=f"{text}; its data is kept", remedy=again)
    forget = f"{again}; or let the hub forget it: hub uninstall {name} --purge"
    return Reason(code="not_installed", text=f"{text}; it has no tables, and no data is kept", remedy=forget)
