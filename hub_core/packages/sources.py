"""Where wheels come from: one configured source and nothing else, whatever the environment of the process says.

A name that somebody else registered on another index must never win (dependency confusion). So with ``index_url`` or
``wheelhouse`` set, every variable and file that could name a further source is kept from pip and uv. Without them the
tools look where their own configuration tells them to.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from ..settings import HubSettings
from .failures import SourceMissing

_TRANSPORT: Final = frozenset(
    {
        *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT", "PIP_RETRIES"),
        *("PIP_TRUSTED_HOST", "PIP_KEYRING_PROVIDER", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
        *("UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_INSECURE_HOST", "UV_OFFLINE"),
        *("UV_KEYRING_PROVIDER", "UV_CACHE_DIR", "UV_NO_CACHE", "UV_LINK_MODE"),
        *("UV_CONCURRENT_DOWNLOADS", "UV_CONCURRENT_BUILDS", "UV_CONCURRENT_INSTALLS"),
    }
)
"""How a source is reached and where is kept what came from it; which source it is, none of them says."""
_ELSEWHERE: Final = frozenset(
    {
        *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DEST", "PIP_SRC", "PIP_REQUIREMENT"),
        *("PIP_CONSTRAINT", "PIP_EDITABLE", "PIP_REPORT", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_REQUIRE_VIRTUALENV"),
        *("PIP_QUIET", "PIP_VERBOSE", "PIP_LOG", "PIP_ONLY_BINARY", "PIP_UPGRADE", "PIP_REQUIRE_HASHES"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_BREAK_SYSTEM_PACKAGES", "UV_TARGET", "UV_PREFIX", "UV_WORKING_DIR"),
        *("UV_PROJECT", "UV_PROJECT_ENVIRONMENT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_RESOLUTION"),
        *("UV_REQUIRE_HASHES", "UV_NO_VERIFY_HASHES", "UV_NO_BUILD_ISOLATION", "UV_COMPILE_BYTECODE", "VIRTUAL_ENV"),
        *("UV_CUSTOM_COMPILE_COMMAND", "CONDA_PREFIX"),
    }
)
"""What would lead a tool to another place, or to other answers, than the hub asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The one source of wheels: a folder of them, an index, or (neither) what the tools themselves are configured with."""

    index_url: str = ""
    wheelhouse: Path | None = None

    @classmethod
    def of(cls, settings: HubSettings) -> Self:
        """What the settings say; a wheelhouse wins, since it says: nothing from elsewhere."""
        wheelhouse = settings.wheelhouse and (settings.folder / settings.wheelhouse).absolute()
        return cls(index_url="" if wheelhouse else settings.index_url, wheelhouse=wheelhouse)

    @property
    def is_configured(self) -> bool:
        """Whether the hub's settings name the source, so that nothing else may."""
        return bool(self.index_url or self.wheelhouse)

    def __str__(self) -> str:
        if self.wheelhouse:
            return f"the wheelhouse {self.wheelhouse}"
        return f"the index {masked(self.index_url)}" if self.index_url else "the index the installer is configured for"

    def check(self) -> None:
        """:raises SourceMissing: when the wheelhouse is no folder."""
        if self.wheelhouse and not self.wheelhouse.is_dir():
            raise SourceMissing("wheelhouse", self.wheelhouse)


def tool_environment(
    variables: Mapping[str, str], temporary: Path, *, closed: bool, handed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment that pip and uv run in.

    :param temporary: the folder for all they write aside, on the volume of what is made.
    :param closed: whether nothing but the command line may name a source.
    :param handed: what is set in any case.
    """
    kept = {name: value for name, value in variables.items() if _passes(name.upper(), closed)}
    never = {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"} if closed else {}
    always = {
        "TMPDIR": str(temporary),
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # pip may be that of the environment that runs
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_PROGRESS_BAR": "off",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_PYTHON_DOWNLOADS": "never",
        "LC_ALL": "C.UTF-8",
    }
    return {**kept, **never, **always, **(handed or {})}


def _passes(name: str, closed: bool) -> bool:
    if name.startswith("PYTHON") or name in _ELSEWHERE:
        return False
    return not closed or not name.startswith(("PIP_", "UV_")) or name in _TRANSPORT


def masked(url: str) -> str:
    """A URL as it may be shown: without name and password."""
    return re.sub(r"//[^/@\s]*@", "//***@", url)
