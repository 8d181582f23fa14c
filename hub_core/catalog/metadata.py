"""Read the metadata of one installed distribution; nothing is imported.

What an entry point is and which folders are distributions is the word of ``importlib_metadata``, the backport on every
Python, so that all read an environment alike; :func:`distribution_folders` repeats its rule, because its search makes a
path object of each name and remembers folders by a time that may not have moved on. Three things are read as text
instead. Of METADATA only the header, line by line: the library parses it as an e-mail with the whole description, which
takes ten times as long. RECORD, since ``files`` looks at each file it names. And each file through :class:`Reader`: one
that is there and cannot be read is an error with its name, not a file that is missing.
"""

import csv
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from importlib_metadata import Distribution, EntryPoint

from .reading import LARGEST_RECORD, LARGEST_TEXT, Reader, Unreadable

GROUP: Final = "hub.modules"
"""The entry point group that makes a distribution a module."""
_MOST_LINES: Final = 2000
_MOST_MODULES: Final = 20
_MOST_FILES: Final = 50_000
_LONGEST_TEXT: Final = 1000
_DISTRIBUTION: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")
_LONGEST_LINE: Final = 1000
_INITIALS: Final = frozenset("NVSLRnvslr")
_FIELDS: Final = ("name", "version", "summary", "license", "license-expression", "requires-dist", "requires-python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of METADATA (or PKG-INFO) the hub reads."""

    name: str
    version: str
    summary: str
    license: str
    requires: tuple[str, ...]
    requires_python: str


class InstalledDistribution:
    """One distribution of a folder; ``info`` is its ``….dist-info`` or ``….egg-info``, which may be a file."""

    def __init__(self, site: str, info: str) -> None:
        self.site = site
        self.info = f"{site}/{info}"
        self.reader = Reader()
        self._record: Mapping[str, str] | None = None

    def read_header(self) -> Header:
        """The header of METADATA, PKG-INFO, or of the egg-info that is itself a file.

        :raises Unreadable: when it is missing or damaged, or says no name or no version.
        """
        path = self._header_path()
        content = self.reader.read_header(path)
        if content is None:
            raise Unreadable(f"{path} is missing")
        fields = _fields(_decoded(path, content))
        name, version = _first(fields["name"]), _first(fields["version"])
        if not name or not version:
            raise Unreadable(f"{path} has no {'Version' if name else 'Name'}")
        if not is_distribution_name(name):
            raise Unreadable(f"{path} has a Name that no distribution may have")
        return Header(
            name=name,
            version=version,
            summary=_first(fields["summary"])[:_LONGEST_TEXT],
            license=_first(fields["license-expression"] or fields["license"]).partition("\n")[0][:_LONGEST_TEXT],
            requires=tuple([" ".join("\n".join(parts).split()) for parts in fields["requires-dist"]]),
            requires_python=_first(fields["requires-python"]),
        )

    def _header_path(self) -> str:
        if self.info.lower().endswith(".dist-info"):
            return f"{self.info}/METADATA"
        self.reader.certain = False  # an egg-info may be a file now and a folder later
        return self.info if os.path.isfile(self.info) else f"{self.info}/PKG-INFO"

    def read_entry_points(self) -> tuple[EntryPoint, ...]:
        """The entry points of the group ``hub.modules``, in the order of the file."""
        path = f"{self.info}/entry_points.txt"
        content = self.reader.read(path, LARGEST_TEXT)
        if content is None or GROUP.encode() not in content:
            return ()
        lines = (text := _decoded(path, content)).splitlines()
        if len(lines) > _MOST_LINES or max(map(len, lines)) > _LONGEST_LINE:
            raise Unreadable(
                f"{path} has more than {_MOST_LINES} lines, or one of more than {_LONGEST_LINE} characters"
            )
        try:
            found = tuple(_EntryPointsText(text).entry_points.select(group=GROUP))
        except TypeError as error:
            raise Unreadable(f"{path} has a line without '='") from error
        if len(found) > _MOST_MODULES:
            raise Unreadable(
                f"{path} has {len(found)} entry points in the group {GROUP}; one distribution is one module"
            )
        return found

    @property
    def record(self) -> Mapping[str, str]:
        """The rows of RECORD as path → ``hash,size``, read once; empty when there is none, as for an egg-info.

        :raises Unreadable: when it is damaged.
        """
        if self._record is None:
            self._record = self._read_record()
        return self._record

    def _read_record(self) -> Mapping[str, str]:
        path = f"{self.info}/RECORD"
        text = _decoded(path, self.reader.read(path, LARGEST_RECORD) or b"")
        lines = text.replace("\r\n", "\n").split("\n") if text.count("\n") <= _MOST_FILES else None
        if lines is None:
            raise Unreadable(f"{path} has more than {_MOST_FILES} lines")
        if '"' not in text:
            return {name: rest for name, _, rest in [line.partition(",") for line in lines] if name}
        try:
            return {row[0]: ",".join(row[1:]) for row in csv.reader(lines) if row}
        except csv.Error as error:
            raise Unreadable(f"{path} is no table: {error}") from error


class _EntryPointsText(Distribution):
    """The text of one entry_points.txt, for the library to parse."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_text(self, filename: str) -> str:
        return self._text

    def locate_file(self, path: str | os.PathLike[str]) -> NoReturn:
        raise NotImplementedError(path)


def distribution_folders(folder: str) -> list[str]:
    """The names of the distributions' metadata in one folder, sorted; none where there is no such folder.

    :raises OSError: when the folder may not be read, which the library passes over.
    """
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [name for name in names if name.lower().endswith((".dist-info", ".egg-info"))]
    if folder.lower().endswith(".egg"):
        found += [name for name in names if name.lower() == "egg-info"]
    return sorted(found)


def is_distribution_name(text: str) -> bool:
    """Whether a distribution may be called so; it stands in the commands that remedies are made of."""
    return _DISTRIBUTION.fullmatch(text) is not None


def _decoded(path: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not UTF-8") from error


def _fields(text: str) -> dict[str, list[list[str]]]:
    """The lines of each value by lower-case key; an indented line continues the one before it (RFC 822)."""
    fields: dict[str, list[list[str]]] = {name: [] for name in _FIELDS}
    last: list[str] | None = None
    for line in (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).split("\n"):
        match line[:1]:
            case " " | "\t":
                if last is not None:
                    last.append(line.strip())
            case first if first in _INITIALS:
                key, _, value = line.partition(":")
                last = None
                if (values := fields.get(key.rstrip().lower())) is not None:
                    last = [value.strip()]
                    values.append(last)
            case _:
                last = None
    return fields


def _first(values: list[list[str]]) -> str:
    return "\n".join(values[0]) if values else ""
