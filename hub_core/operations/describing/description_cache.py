"""What the probe learnt of the modules that are well, kept in the state folder: most starts probe nothing.

One file holds what is read at each start, and one per module what it shows to its callers, read when somebody asks. Both
count as long as the key of the module is the same; what is damaged, or cannot be written, is probed again.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...catalog import read_sealed, write_sealed
from ...loading import Description, Surface
from ...settings import HubSettings

FILE: Final = "descriptions.json"
FOLDER: Final = "surfaces"
_FORMAT: Final = 1
_LARGEST: Final = 256 * 2**20
_LARGEST_SURFACE: Final = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDescription:
    """A description and what it holds for: the module's key, and the settings that were found to fit it."""

    key: str
    settings: str
    description: Description


class DescriptionCache:
    """The files of one hub."""

    def __init__(self, settings: HubSettings) -> None:
        self._file, self._folder = settings.state_folder / FILE, settings.state_folder / FOLDER
        self._writer = f"descriptions {_FORMAT} {sys.version}\n".encode()

    def read(self) -> Mapping[str, KeptDescription]:
        """What is kept of each module and has its surface beside it; nothing where the file is missing or damaged."""
        whole = read_sealed(self._file, self._writer, _LARGEST)
        surfaces = _names(self._folder)
        kept: dict[str, KeptDescription] = {}
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            for name, (key, settings, description) in (whole or {}).items():
                if f"{key}.json" in surfaces:
                    known = Description.from_json(description)
                    kept[name] = KeptDescription(key=str(key), settings=str(settings), description=known)
        return kept

    def surface(self, key: str) -> Surface:
        """What the module of ``key`` shows; without its OpenAPI when that was lost since the start."""
        value = read_sealed(self._folder / f"{key}.json", self._writer, _LARGEST_SURFACE)
        try:
            return Surface.from_json(value)
        except (KeyError, TypeError, ValueError, AttributeError):
            return Surface()

    def write(self, kept: Mapping[str, KeptDescription], surfaces: Mapping[str, Surface]) -> None:
        """Keep all of ``kept``; ``surfaces`` are the new ones among them, by key. What nobody refers to is removed.

        Where there is no state folder, none is made for it.
        """
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
        for key, surface in surfaces.items():
            write_sealed(self._folder / f"{key}.json", self._writer, surface.as_json(), 0o600, sweeps=False)
        rows = {name: (each.key, each.settings, each.description.as_json()) for name, each in kept.items()}
        write_sealed(self._file, self._writer, rows, 0o600)
        for name in _names(self._folder) - {f"{each.key}.json" for each in kept.values()}:
            with suppress(OSError):
                (self._folder / name).unlink()


def _names(folder: Path) -> set[str]:
    try:
        return {file.name for file in folder.iterdir()}
    except OSError:
        return set()
