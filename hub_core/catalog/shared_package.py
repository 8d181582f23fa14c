"""Two distributions that bring one package: Python imports one of them, or the later install replaced the earlier's files.

Whoever is recorded must run its own code or none, so the module whose files are not what would be imported is refused.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from .changed_files import changed_file
from .found import FoundModule, Reason
from .metadata import InstalledDistribution
from .package_folder import Imports


def with_shared_packages(
    modules: Sequence[FoundModule], installed: Mapping[str, tuple[str, str]], imports: Imports
) -> list[FoundModule]:
    """``modules``, with a fault on each whose package is another distribution's by now.

    :param installed: folder and name of each distribution's metadata, by its normalised name.
    """
    claims: dict[str, set[str]] = {}
    for module in modules:
        claims.setdefault(module.package, set()).add(module.distribution)
    return [
        _checked(
            module, sorted(claims[module.package]), InstalledDistribution(*installed[module.distribution]), imports
        )
        if len(claims[module.package]) > 1 and module.hash and module.distribution in installed
        else module
        for module in modules
    ]


def _checked(
    module: FoundModule, claimants: list[str], installed: InstalledDistribution, imports: Imports
) -> FoundModule:
    imported = imports.folder_of(module.package)
    if imported is not None and os.path.realpath(imported) != os.path.realpath(module.folder):
        text = f"Python would import that of {imported}"
    elif not module.editable and (changed := changed_file(module, installed)):
        text = f"{changed} is not the one {module.distribution} brought"
    else:
        return module
    reason = Reason(
        code="package_taken",
        text=f"{' and '.join(claimants)} bring the package {module.package}, and {text}",
        remedy=f"Uninstall {' and '.join(claimants)}, and install one of them again",
    )
    return replace(module, faults=(*module.faults, reason))
