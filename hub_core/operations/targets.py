"""What somebody names to install or upgrade: a module, a distribution with a range, a wheel, a project."""

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importlib_metadata import version
from packaging.utils import canonicalize_name

from ..catalog import Catalog
from ..errors import HubError
from ..manifest import MODULE_NAME, TextInvalid, read_requirement, read_version
from ..packages import Asked, wheel_identity
from ..toml_text import TomlInvalid, read_toml
from .choosing import DistributionBringsNothing

_SPLIT: Final = re.compile(r"([A-Za-z0-9._-]+)(.*)", re.DOTALL)
_PREFIX: Final = "hub-module-"


class TargetInvalid(HubError):
    """What was named can be neither a module nor anything that brings one."""

    code = "target_invalid"

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"{text!r} is nothing that can be installed",
            cause=why,
            remedy="Name a module (billing), a distribution (hub-module-billing>=1.2), a wheel file, or the folder of a project",
        )
        self.text = text


class OlderRelease(HubError):
    """An upgrade was asked for that is none: the hub's own tables would have to go back."""

    code = "older_release"

    def __init__(self, version: str, running: str) -> None:
        super().__init__(
            f"hub-core {version} is older than the {running} that runs; nothing was changed",
            cause="an upgrade only goes forward",
            remedy=f"Go back to it: hub downgrade hub-core=={version}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """``asked`` is what the installer is asked for, ``distributions`` the names that this is about."""

    asked: Asked
    distributions: frozenset[str]


def targets(texts: Iterable[str], catalog: Catalog, *, before: Asked, editable: bool = False) -> Targets:
    """Read what was named, beside all that was asked for ``before``.

    :param catalog: what is on disk: the name of a module there means its distribution. A name that nobody has is taken for
        that of a module whose distribution is named as usual.
    :raises TargetInvalid: naming the text.
    """
    requirements: list[str] = []
    wheels: list[Path] = []
    projects: list[Path] = []
    names: set[str] = set()
    for text in texts:
        path = Path(text)
        if text.endswith(".whl"):
            identity = wheel_identity(path.name)
            if identity is None or not path.is_file():
                raise TargetInvalid(text, "there is no such file" if identity else "that is no name of a wheel")
            wheels.append(path.absolute())
            names.add(identity[0])
        elif os_path(text):
            if not (path / "pyproject.toml").is_file():
                raise TargetInvalid(text, f"there is no pyproject.toml in {path}")
            projects.append(path.absolute())
            names.update(_project_names(path / "pyproject.toml"))
        else:
            requirement = _requirement(text, catalog)
            requirements.append(requirement)
            names.add(canonicalize_name(read_requirement(requirement).name))
    asked = before.without(names).with_requirements(requirements)
    return Targets(
        asked=Asked(
            requirements=asked.requirements,
            wheels=(*asked.wheels, *wheels),
            projects=(*asked.projects, *(() if editable else projects)),
            editables=(*asked.editables, *(projects if editable else ())),
        ),
        distributions=frozenset(names),
    )


def installable(texts: Iterable[str], catalog: Catalog) -> tuple[str, ...]:
    """What ``hub install`` takes its names for: one that only an installed library has means the module of that name.

    :raises DistributionBringsNothing: for such a library whose name can be no module's.
    """
    bringing = {module.name for module in catalog.modules}
    bringing |= {canonicalize_name(module.distribution) for module in catalog.modules}
    return tuple(_installable(text, catalog, bringing) for text in texts)


def _installable(text: str, catalog: Catalog, bringing: Collection[str]) -> str:
    found = None if text.endswith(".whl") or os_path(text) else _SPLIT.fullmatch(text.strip())
    name, rest = (found[1], found[2]) if found else ("", "")
    if canonicalize_name(name) not in catalog.distributions or {name, canonicalize_name(name)} & {*bringing}:
        return text
    if re.fullmatch(MODULE_NAME.pattern, name):
        return _module_distribution(name) + rest
    raise DistributionBringsNothing(name, installed_as=text)


def _project_names(file: Path) -> list[str]:
    """The name that a project gives itself, so that it takes the place of what was installed of it before; most do."""
    try:
        named = read_toml(file.read_bytes())["project"]["name"]
    except (OSError, TomlInvalid, KeyError, TypeError):
        return []
    return [canonicalize_name(named)] if isinstance(named, str) else []


def os_path(text: str) -> bool:
    """Whether a text means a folder rather than a name."""
    return "/" in text or text in (".", "..")


def refuse_older_core(texts: Iterable[str]) -> None:
    """:raises OlderRelease: when one of ``texts`` names a release of the hub before the one that runs."""
    running = version("hub-core")
    for text in texts:
        name, pinned, wanted = (part.strip() for part in text.partition("=="))
        if pinned and canonicalize_name(name) == "hub-core":
            with suppress(TextInvalid):
                if read_version(wanted) < read_version(running):
                    raise OlderRelease(wanted, running)


def _requirement(text: str, catalog: Catalog) -> str:
    found = _SPLIT.fullmatch(text.strip())
    if found is None:
        raise TargetInvalid(text, "a name has letters, digits, '.', '_' and '-'")
    name, rest = found[1], found[2]
    known = {module.name: module.distribution for module in catalog.modules}
    if name in known:
        name = known[name]
    elif re.fullmatch(MODULE_NAME.pattern, name) and canonicalize_name(name) not in _distributions(catalog):
        name = _module_distribution(name)
    try:
        read_requirement(name + rest)
    except TextInvalid as error:
        raise TargetInvalid(text, str(error)) from error
    return name + rest


def _module_distribution(module: str) -> str:
    return _PREFIX + module.replace("_", "-")


def _distributions(catalog: Catalog) -> Collection[str]:
    return {canonicalize_name(name) for name in catalog.distributions}
