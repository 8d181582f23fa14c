"""Choose releases for all that is asked for, by a dry run of the tool. Nothing that is installed is touched.

What is there already stays as it is as far as it can: its versions are asked for first, and given up only where they are
in the way. So to install one module does not upgrade the libraries of others.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from ..manifest import read_requirement
from .answers import local_path
from .asked import Asked, Resolved, ResolvedPackage, changes_between, root_name, wheel_identity
from .bench import Question
from .failures import PackageNotFound, PackagesConflict
from .lock import Lock, LockedPackage
from .progress import Progress
from .rehearsal import named_in
from .workshops import Workshop


def resolve(
    asked: Asked,
    at: Workshop,
    *,
    present: Lock | None = None,
    upgrade: Collection[str] | None = (),
    never_older: Collection[str] = (),
) -> Resolved:
    """Everything that has to be installed so that ``asked`` is there; ``changes`` says what that moves.

    :param present: the lock of the environment before; its wheels are at hand, and its versions are kept.
    :param upgrade: distributions that may move in any case; ``None``: all may.
    :param never_older: distributions of which no older release is a way out. An old one often has no upper bound, and so
        seems to accept what it never knew.
    :raises PackagesConflict, PackageNotFound, IndexUnreachable, BuildFailed, SourceMissing, InstallerFailed: when there is
        no answer; the first two name who asks for what.
    """
    asked.check()
    at.on_progress(Progress(stage="resolve", text=", ".join(asked.requirements)))
    known = present.by_name if present else {}
    bounds = tuple(f"{name}>={known[name].version}" for name in sorted(known.keys() & {*never_older}))
    found = _answered(asked, at, known, _preferred(asked, known, upgrade), bounds)
    direct = {path.resolve() for path in (*asked.projects, *asked.editables, *asked.wheels)}
    packages = tuple(sorted((_kept(each, known, direct) for each in found), key=lambda each: each.name))
    named = frozenset(package.name for package in packages if _place(package) in direct)
    at.on_progress(Progress(stage="resolve", done=1))
    return Resolved(
        packages=packages,
        roots=tuple(text for text in asked.requirements if root_name(text) not in named),
        files=named,
        changes=changes_between(
            {name: package.version for name, package in known.items()},
            {package.name: package.version for package in packages},
        ),
    )


def _preferred(asked: Asked, known: Mapping[str, LockedPackage], upgrade: Collection[str] | None) -> list[str]:
    """The names whose versions are kept, where nobody asks for others."""
    if upgrade is None:
        return []
    free: set[str] = {canonicalize_name(name) for name in upgrade}
    free |= {identity[0] for wheel in asked.wheels if (identity := wheel_identity(wheel.name))}
    wanted = [read_requirement(text) for text in asked.requirements]
    free |= {
        canonicalize_name(each.name)
        for each in wanted
        if (package := known.get(canonicalize_name(each.name)))
        and not each.specifier.contains(package.version, prereleases=True)
    }
    return sorted(known.keys() - free)


def _answered(
    asked: Asked, at: Workshop, known: Mapping[str, LockedPackage], preferred: list[str], bounds: tuple[str, ...]
) -> tuple[ResolvedPackage, ...]:
    """Ask the tool; where kept versions are in the way, ask again without those that it names, at last without any."""
    while True:
        question = Question(
            requirements=requirement_lines(asked),
            constraints=(*(_constraint(known[name], at) for name in preferred), *bounds),
            kept=tuple(at.store.path(each.wheel).parent for each in known.values() if at.store.has(each.wheel)),
        )
        try:
            return at.installer.resolve(question, at.bench)
        except (PackagesConflict, PackageNotFound) as error:
            if not preferred:
                raise
            named = named_in(error, preferred)
            preferred = [name for name in preferred if name not in named] if named else []


def _constraint(package: LockedPackage, at: Workshop) -> str:
    """The very wheel, where it is at hand: a source may have another one of the same version."""
    has = at.store.has(package.wheel)
    return f"{package.name} @ {at.store.path(package.wheel).as_uri()}" if has else f"{package.name}=={package.version}"


def requirement_lines(asked: Asked) -> tuple[str, ...]:
    """What is asked for, as lines of a requirements file."""
    files = [path.absolute().as_uri() for path in (*asked.wheels, *asked.projects)]
    return (*asked.requirements, *files, *(f"-e {path.absolute().as_uri()}" for path in asked.editables))


def _kept(found: ResolvedPackage, known: Mapping[str, LockedPackage], direct: set[Path]) -> ResolvedPackage:
    """The release that is there already, where it is the same: its wheel is known, whatever a source calls so today."""
    before = known.get(found.name)
    if before is None or before.version != found.version or _place(found) in direct:
        return found
    return ResolvedPackage(name=found.name, version=found.version, kept=before)


def _place(package: ResolvedPackage) -> Path | None:
    place = package.project or local_path(package.url)
    return place and place.resolve()
