"""Take over an environment that was made by hand: what is in it becomes a lock, and its distributions wheels again.

It is only read. What the lock makes later lies beside it, and the hand-made one can be used as before. The wheel that the
source has is taken where it holds the very same files: another machine can fetch it, too.
"""

import sys
import sysconfig
from pathlib import Path

from packaging.utils import canonicalize_name

from ..manifest import TextInvalid, read_requirement
from .failures import NotRepackable
from .fetching import locked_package
from .installed import Installed, installed_in
from .lock import Lock
from .offered import is_same_release, offered
from .progress import Progress
from .repacking import repack
from .workshops import Workshop


def adopted_lock(at: Workshop, *, prefix: Path | None = None, site: Path | None = None) -> Lock:
    """The lock of an environment as it is now, with its wheels in the store. Works without a source, and writes nothing into it.

    :param prefix: the environment, by default the one this process runs in.
    :param site: where it keeps its distributions.
    :raises NotRepackable: for a distribution that cannot become a wheel again; it is named with the reason.
    """
    prefix = prefix or Path(sys.prefix)
    found = installed_in(site or Path(sysconfig.get_path("purelib")))
    if twice := next((each.name for each in found if sum(other.name == each.name for other in found) > 1), None):
        raise NotRepackable(twice, "it is there twice")
    locked, others = [], offered(found, at)
    for done, each in enumerate(found):
        at.on_progress(Progress(stage="fetch", done=done, total=len(found), text=f"{each.name} {each.version}"))
        made = repack(each, prefix, at.bench.aside())
        same = (file for file in others.get(each.release, ()) if is_same_release(file, made))
        wheel = at.store.add(next(same, made))
        locked.append(locked_package(each.name, wheel, project=each.project))
    return Lock(packages=tuple(locked), roots=_roots(found))


def _roots(found: tuple[Installed, ...]) -> tuple[str, ...]:
    """What somebody asked for, as installers note it. Where they note it of none or, as uv does, of all: what nothing else requires."""
    requested = [each for each in found if each.requested]
    needed = {name for each in found for name in _required(each)}
    is_told = 0 < len(requested) < len(found)
    chosen = requested if is_told else [each for each in found if each.name not in needed]
    return tuple(f"{each.name}=={each.version}" if each.project else each.name for each in chosen)


def _required(installed: Installed) -> set[str]:
    names = set[str]()
    for text in installed.requires:
        try:
            names.add(canonicalize_name(read_requirement(text).name))
        except TextInvalid:
            continue
    return names
