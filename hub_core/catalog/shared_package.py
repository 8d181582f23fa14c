"""Two distributions that bring one package: Python imports one of them, or the later install replaced the earlier's files.

Whoever is recorded must run its own code or none, so the module whose files are not what would be imported is refused.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .found import FoundModule, Reason
from .metadata import InstalledDistribution
from .package_folder import imported_folder


def with_shared_packages(
    modules: Sequence[FoundModule], installed: Mapping[str, InstalledDistribution], path: Sequence[str] | None
) -> list[FoundModule]:
    """``modules``, with a fault on each whose package is another distribution's by now.

    :param installed: the distributions by normalised name.
    """
    claims: dict[str, set[str]] = {}
    for module in modules:
        claims.setdefault(module.package, set()).add(module.distribution)
    return [
        _checked(module, sorted(claims[module.package]), installed.get(module.distribution), path)
        if len(claims[module.package]) > 1 and module.hash
        else module
        for module in modules
    ]


def _checked(
    module: FoundModule, claimants: list[str], installed: InstalledDistribution | None, path: Sequence[str] | None
) -> FoundModule:
    imported = imported_folder(module.package, path)
    if imported is not None and imported.resolve() != module.folder.resolve():
        text = f"Python would import that of {imported}"
    elif installed is not None and not module.editable and (changed := _changed_file(module, installed)):
        text = f"{changed} is not the one {module.distribution} brought"
    else:
        return module
    reason = Reason(
        code="package_taken",
        text=f"{' and '.join(claimants)} bring the package {module.package}, and {text}",
        remedy=f"Uninstall {' and '.join(claimants)}, and install one of them again",
    )
    return replace(module, faults=(*module.faults, reason))


def _changed_file(module: FoundModule, installed: InstalledDistribution) -> Path | None:
    """The first file of the package that is not as RECORD has it."""
    inside = module.package.replace(".", "/") + "/"
    for name, rest in sorted(installed.read_record().items()):
        algorithm, _, digest = rest.partition(",")[0].partition("=")
        if not name.startswith(inside) or algorithm not in hashlib.algorithms_guaranteed:
            continue
        file = installed.info.parent / name
        try:
            found = hashlib.new(algorithm, file.read_bytes()).digest()
        except OSError:
            return file
        if urlsafe_b64encode(found).decode().rstrip("=") != digest.rstrip("="):
            return file
    return None
