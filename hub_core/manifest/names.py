"""Which names a module may take: names stand in paths, table names and permissions, and must not shadow the core's."""

import re
from typing import Final

from ..errors import HubError

NAME: Final = r"[a-z][a-z0-9_]*"
LONGEST_NAME: Final = 40  # PostgreSQL cuts identifiers at 63 bytes, and tables need room behind the prefix

RESERVED_NAMES: Final = frozenset(
    {
        # the hub itself and the default areas
        "hub",
        "admin",
        "vendor",
        "storefront",
        # first path segments of the core, also below /api/v1
        "api",
        "docs",
        "favicon.ico",
        "health",
        "metrics",
        "modules",
        "openapi.json",
        "sign-in",
        "sign-out",
        "static",
    }
)


class ModuleNameInvalid(HubError):
    """A module's name cannot stand in paths and table names, or belongs to the core."""

    code = "name_invalid"

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(
            f"{name!r} is no name for a module",
            cause=cause,
            remedy="Rename the entry point in the group hub.modules of the module's pyproject.toml",
        )
        self.name = name


def check_module_name(text: str) -> str:
    """Return ``text`` if a module may be called so; :class:`ModuleNameInvalid` otherwise."""
    if len(text) > LONGEST_NAME:
        raise ModuleNameInvalid(text[:LONGEST_NAME] + "…", f"it has {len(text)} characters; {LONGEST_NAME} are allowed")
    if text in RESERVED_NAMES:
        raise ModuleNameInvalid(text, "the hub keeps this name for itself")
    if not re.fullmatch(NAME, text):
        raise ModuleNameInvalid(text, "a name is lower-case letters, digits and underscores, and begins with a letter")
    return text
