"""Read the metadata of one installed distribution through ``importlib_metadata``: nothing is imported.

The backport is used on every Python, so that all read an environment alike. Two things differ here. A file that is
there and cannot be read is an error with its name, not a file that is missing. And of METADATA only the header is read,
line by line: the library parses it as an e-mail with the whole description, which takes ten times as long and made most
of the time of a listing. For the same reason RECORD is read as text: ``files`` looks at each file it names.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importlib_metadata import EntryPoint, MetadataPathFinder, PathDistribution, distributions

GROUP: Final = "hub.modules"
"""The entry point group that makes a distribution a module."""


class MetadataInvalid(ValueError):
    """A distribution's metadata cannot be used; the message says which file and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of METADATA (or PKG-INFO) the hub reads."""

    name: str
    version: str
    summary: str
    license: str
    requires: tuple[str, ...]
    requires_python: str


class InstalledDistribution(PathDistribution):
    """One distribution of a folder; ``info`` is its ``….dist-info`` or ``….egg-info``, which may be a file."""

    def __init__(self, info: Path) -> None:
        super().__init__(info)
        self.info = info

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """A file of the metadata, ``None`` where there is none; :class:`MetadataInvalid` when it cannot be read."""
        path = self.info / filename
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise MetadataInvalid(f"{path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise MetadataInvalid(f"{path} is not UTF-8") from error

    def read_header(self) -> Header:
        """The header of METADATA, PKG-INFO, or of the egg-info that is itself a file."""
        path = self._header_path()
        fields = _fields(_header_lines(path))
        name, version = fields.get("name", [""])[0], fields.get("version", [""])[0]
        if not name or not version:
            raise MetadataInvalid(f"{path} has no {'Version' if name else 'Name'}")
        legal = fields.get("license-expression") or fields.get("license") or [""]
        return Header(
            name=name,
            version=version,
            summary=fields.get("summary", [""])[0],
            license=legal[0].partition("\n")[0],
            requires=tuple(" ".join(text.split()) for text in fields.get("requires-dist", ())),
            requires_python=fields.get("requires-python", [""])[0],
        )

    def _header_path(self) -> Path:
        if self.info.suffix == ".dist-info":
            return self.info / "METADATA"
        return self.info if self.info.is_file() else self.info / "PKG-INFO"

    def read_entry_points(self) -> tuple[EntryPoint, ...]:
        """The entry points of the group ``hub.modules``, in the order of the file."""
        if GROUP not in (self.read_text("entry_points.txt") or ""):
            return ()
        try:
            return tuple(self.entry_points.select(group=GROUP))
        except TypeError as error:
            raise MetadataInvalid(f"{self.info / 'entry_points.txt'} has a line without '='") from error

    def read_record(self) -> Mapping[str, str]:
        """The rows of RECORD as path → ``hash,size``; empty when there is none, as for an egg-info."""
        try:
            rows = csv.reader((self.read_text("RECORD") or "").splitlines())
            return {row[0]: ",".join(row[1:]) for row in rows if row}
        except csv.Error as error:
            raise MetadataInvalid(f"{self.info / 'RECORD'} is no table: {error}") from error


def distributions_in(folder: str) -> Iterator[InstalledDistribution]:
    """The distributions of one folder by name; none where there is no such folder.

    :raises OSError: when the folder may not be read, which the library passes over.
    """
    try:
        os.scandir(folder).close()
    except (FileNotFoundError, NotADirectoryError):
        return
    MetadataPathFinder.invalidate_caches()  # else what was installed within the clock's last tick is not seen
    for info in sorted({str(found) for found in distributions(path=[folder]) if isinstance(found, PathDistribution)}):
        yield InstalledDistribution(Path(info))


def _header_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            lines = []
            for line in file:
                if not line.strip():
                    break
                lines.append(line)
        return b"".join(lines).decode().splitlines()
    except FileNotFoundError as error:
        raise MetadataInvalid(f"{path} is missing") from error
    except OSError as error:
        raise MetadataInvalid(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise MetadataInvalid(f"{path} is not UTF-8") from error


def _fields(lines: list[str]) -> dict[str, list[str]]:
    """Header lines by lower-case key; an indented line continues the one before it (RFC 822)."""
    fields: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        if line[:1] in {" ", "\t"}:
            if last is not None:
                last[-1] += "\n" + line.strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            last = fields.setdefault(key.strip().lower(), [])
            last.append(value.strip())
    return fields
