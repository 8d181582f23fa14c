"""The hub's own settings: frozen, read once, passed down; no other file reads the environment for them.

Order, first wins: ``HUB_*`` variables, ``.env`` beside hub.toml, the ``[hub]`` table of hub.toml, the defaults below.
"""

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from .errors import HubError
from .toml_text import LARGEST_DOCUMENT, TomlInvalid, read_toml

CONFIG_FILE = "hub.toml"
AREA = re.compile(r"[a-z][a-z0-9_]*")
CORE_SEGMENTS = frozenset({"api", "docs", "health", "hub", "modules", "static", "v1"})
"""What the hub's own paths are made of, of the form of an area."""
KEY_BYTES = 32
MOST_UNKNOWN = 20
"""Unknown keys that are named one by one."""


class SettingsInvalid(HubError):
    """hub.toml or a ``HUB_*`` variable holds something the hub cannot use; all faults are named at once."""

    code = "settings_invalid"

    def __init__(self, source: str, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"the settings in {source} are not valid",
            cause="; ".join(faults),
            remedy="Correct what is named; the settings reference lists every setting",
        )
        self.source, self.faults = source, faults


class HubSettings(BaseSettings):
    """What the hub needs to know before it reads anything else."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_", env_nested_delimiter="__", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    folder: Path
    """The folder of hub.toml; relative paths are taken from here."""
    database_url: str = ""
    """A ``sqlite`` or ``postgresql`` URL; empty means ``hub.db`` in the state folder."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    state_dir: Path = Path(".hub")
    """Where caches and the embedded database lie."""
    module_paths: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders made by ``pip install --target``, searched behind all that is installed; a text is split like ``PATH``."""
    areas: tuple[str, ...] = ("admin", "vendor", "storefront")
    """The audiences routes may be served to."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "text", "json"] = "auto"
    """``auto`` writes coloured text to a terminal and JSON elsewhere."""
    log_requests: bool = True
    """Whether each request leaves a line in the log."""
    start_seconds: float = Field(default=30, gt=0, allow_inf_nan=False)
    """How long a module may take to start."""
    override_seconds: float = Field(default=5, gt=0, allow_inf_nan=False)
    """How long a module may take over another one's route that it wraps, beside the time of the route itself."""
    stop_seconds: float = Field(default=10, gt=0, allow_inf_nan=False)
    """How long requests and modules may take to end when the hub stops."""
    lock_seconds: float = Field(default=60, ge=0, allow_inf_nan=False)
    """How long to wait for another process that changes the same database."""
    index_url: str = ""
    """The one index that wheels come from; empty means what the installer is configured for."""
    wheelhouse: Path | None = None
    """A folder of wheels; where it is set, nothing is installed from anywhere else."""
    installer: Literal["auto", "uv", "pip"] = "auto"
    """What makes environments; ``auto`` takes uv where there is one."""
    environments_kept: int = Field(default=2, ge=0)
    """How many former environments stay beside the current one."""
    backup_before_upgrade: bool = True
    """Whether the tables of a module are copied into the state folder before they are migrated."""
    backups_kept: int = Field(default=0, ge=0)
    """How many recovery points of each module, and archives of the whole hub, stay; 0 keeps all."""
    backup_key: SecretStr = SecretStr("")
    """What archives are encrypted with: 32 bytes in Base64; former keys may follow behind commas."""
    restart_budget: int = Field(default=3, ge=1)
    """How often the process may die before the module that takes it along is quarantined, or the hub starts in safe mode."""
    restart_window_seconds: float = Field(default=600, gt=0, allow_inf_nan=False)
    """In which time these deaths are counted."""
    standstill_seconds: float = Field(default=30, ge=1, allow_inf_nan=False)
    """How long the event loop of a worker may stand still before the worker is ended and replaced (``--workers``)."""
    edited_files: Literal["refuse", "allow"] = "refuse"
    """Whether a module runs of which a file is not the one that was installed."""
    safe_mode: bool | None = None
    """Whether only modules of tier core run; by default when the process dies as often as it is started."""
    modules: Mapping[str, Mapping[str, Any]] = {}
    """Settings of modules from ``HUB_MODULES__<NAME>__<FIELD>``; they win over hub.toml and the database."""

    @field_validator("module_paths", mode="before")
    @classmethod
    def _paths_are_split(cls, paths: object) -> object:
        return [path for path in paths.split(os.pathsep) if path] if isinstance(paths, str) else paths

    @field_validator("areas")
    @classmethod
    def _areas_are_path_segments(cls, areas: tuple[str, ...]) -> tuple[str, ...]:
        for area in areas:
            if not AREA.fullmatch(area):
                raise ValueError(f"area {area!r} is not of the form [a-z][a-z0-9_]*")
            if area in CORE_SEGMENTS:
                raise ValueError(f"area {area!r} is a path of the hub itself")
        return areas

    @field_validator("backup_key")
    @classmethod
    def _keys_are_256_bits(cls, keys: SecretStr) -> SecretStr:
        for number, key in enumerate(_decoded(keys), 1):
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {number} has {len(key)} bytes; a key is {KEY_BYTES} bytes in Base64")
        return keys

    @property
    def backup_keys(self) -> tuple[bytes, ...]:
        """``backup_key`` decoded: the first one encrypts, each of them decrypts; empty without one."""
        return _decoded(self.backup_key)

    @property
    def state_folder(self) -> Path:
        """``state_dir`` as an absolute path."""
        return (self.folder / self.state_dir).absolute()

    @property
    def module_folders(self) -> tuple[Path, ...]:
        """``module_paths`` as absolute paths."""
        return tuple((self.folder / path).absolute() for path in self.module_paths)

    @property
    def effective_database_url(self) -> str:
        """``database_url``, or the embedded database in the state folder."""
        return self.database_url or f"sqlite:///{self.state_folder / 'hub.db'}"

    @property
    def config_file(self) -> Path:
        """Where hub.toml is, or would be."""
        return self.folder / CONFIG_FILE

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the values read from hub.toml."""
        return env_settings, dotenv_settings, init_settings


def _decoded(keys: SecretStr) -> tuple[bytes, ...]:
    texts = [text.strip() for text in keys.get_secret_value().split(",")]
    try:
        return tuple(b64decode(text, validate=True) for text in texts if text)
    except ValueError as error:
        raise ValueError(f"a key is {KEY_BYTES} bytes in Base64") from error


def read_settings(folder: Path, **changes: Any) -> HubSettings:
    """Read the settings that hold in ``folder``. ``changes`` (from the command line) win over everything.

    :raises SettingsInvalid: naming every fault.
    """
    folder = folder.absolute()
    table = _hub_table(folder / CONFIG_FILE)
    try:
        # _env_file: pydantic-settings' own name for the file of this one call.
        settings = HubSettings(**{**table, "folder": folder}, _env_file=folder / ".env")
    except (SettingsError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{CONFIG_FILE}, .env and HUB_*", (str(error),)) from error
    except ValidationError as error:
        faults = tuple(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SettingsInvalid(f"{CONFIG_FILE}, .env and HUB_*", faults) from error
    given = {name: value for name, value in changes.items() if value is not None}
    return settings.model_copy(update={**given, "folder": folder})


def _hub_table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table = read_toml(file.read(LARGEST_DOCUMENT + 1)).get("hub", {})
    except FileNotFoundError:
        return {}
    except (TomlInvalid, OSError) as error:
        raise SettingsInvalid(str(path), (str(error),)) from error
    known = set(HubSettings.model_fields) - {"folder", "modules"}
    if not isinstance(table, dict):
        raise SettingsInvalid(str(path), ("[hub] must be a table",))
    unknown = [name for name in table if name not in known]
    if unknown:
        more = (f"{len(unknown) - MOST_UNKNOWN} more unknown keys",) if len(unknown) > MOST_UNKNOWN else ()
        raise SettingsInvalid(str(path), (*(_unknown(name[:200], known) for name in unknown[:MOST_UNKNOWN]), *more))
    return table


def _unknown(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"unknown key {name!r} in [hub]" + (f"; did you mean {near[0]!r}?" if near else "")
