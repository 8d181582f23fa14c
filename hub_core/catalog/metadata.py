"""Read the metadata files of one installed distribution: bytes in, values out, nothing imported.

Only the header of METADATA is read, and RECORD and direct_url.json only of modules: most distributions in an
environment are not modules, and their descriptions are long.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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


def read_header(folder: Path) -> Header:
    """Read the header of the metadata in ``folder`` (``….dist-info`` or ``….egg-info``), or of a file of that name."""
    path = folder if folder.is_file() else folder / ("METADATA" if folder.suffix == ".dist-info" else "PKG-INFO")
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
    )


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


def read_entry_points(folder: Path) -> tuple[tuple[str, str], ...]:
    """The entry points of the group ``hub.modules``, as (name, value), in the order of the file."""
    path = folder / "entry_points.txt"
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise MetadataInvalid(f"{path} cannot be read: {error.strerror}") from error
    if GROUP.encode() not in content:
        return ()
    try:
        lines = content.decode().splitlines()
    except UnicodeDecodeError as error:
        raise MetadataInvalid(f"{path} is not UTF-8") from error
    found, inside = [], False
    for line in map(str.strip, lines):
        if line.startswith("["):
            inside = line == f"[{GROUP}]"
        elif inside and line and line[0] not in "#;":
            name, _, value = line.partition("=")
            found.append((name.strip(), value.strip()))
    return tuple(found)


def read_record(folder: Path) -> Mapping[str, str]:
    """The rows of RECORD as path → ``hash,size``; empty when there is none, as for an egg-info."""
    path = folder / "RECORD"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row[0]: ",".join(row[1:]) for row in csv.reader(file) if row}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise MetadataInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise MetadataInvalid(f"{path} is no table in UTF-8") from error
