"""Make the wheel again that a distribution was installed from, so that taking over an environment needs no network.

RECORD says which files are its own and what each was. Files that the installer wrote are left out, scripts that it made
from entry points too; it makes them again. Files outside site-packages go back to the ``.data`` folder of their scheme.
The same distribution becomes the same wheel, byte for byte.
"""

import csv
import hashlib
import io
import os
import re
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from packaging.tags import parse_tag

from ..catalog import Unreadable, differing_files
from ..disk_space import disk_full_told
from .failures import NotRepackable
from .installed import Installed

_INSTALLER_FILES: Final = frozenset(
    {"INSTALLER", "REQUESTED", "RECORD", "RECORD.jws", "RECORD.p7s", "uv_cache.json", "uv_build.json"}
)
_ORIGIN: Final = "direct_url.json"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_SHEBANG: Final = re.compile(rb"\A#!.*python[0-9.]*\r?\n|\A#!/bin/sh\n'''exec' .*\n' '''\n")


def repack(installed: Installed, prefix: Path, into: Path) -> Path:
    """Write the wheel of an installed distribution into a folder.

    :param prefix: the environment it is installed in.
    :raises NotRepackable: for one without RECORD or WHEEL, with a file that is gone or was edited, or with one that lies
        where no scheme of a wheel leads; it is named.
    """
    entries = dict(_entries(installed, prefix))
    info = installed.info.name
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    rows.writerows([name, f"sha256={_digest(content)}", len(content)] for name, (content, _) in sorted(entries.items()))
    rows.writerow([f"{info}/RECORD", "", ""])
    wheel = into / _filename(installed)
    with (
        disk_full_told(f"{wheel.name} cannot be kept", into),
        zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for name, (content, mode) in sorted(entries.items()):
            _put(archive, name, content, mode)
        _put(archive, f"{info}/RECORD", record.getvalue().encode(), 0o644)
    return wheel


def _put(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _entries(installed: Installed, prefix: Path) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Name in the wheel, content and mode of each file."""
    for name in _own_files(installed):
        place = Path(os.path.normpath(installed.site / name))
        target = _place_in_wheel(place, installed, prefix)
        if target is None:
            continue
        try:
            content, mode = place.read_bytes(), 0o755 if os.access(place, os.X_OK) else 0o644
        except OSError as error:
            raise NotRepackable(installed.name, f"{place} cannot be read: {error.strerror}") from error
        if ".data/scripts/" in target:
            content = _SHEBANG.sub(b"#!python\n", content)
        yield target, (content, mode)


def _own_files(installed: Installed) -> list[str]:
    try:
        record = installed.files.record
        edited = next(differing_files(installed.files), None)
    except Unreadable as error:
        raise NotRepackable(installed.name, str(error)) from error
    if not record:
        raise NotRepackable(installed.name, f"{installed.info} has no RECORD, so nobody knows which files are its own")
    if edited is not None:
        raise NotRepackable(installed.name, f"{os.path.normpath(edited)} is not the file that was installed")
    return [name for name in record if not name.endswith((".pyc", ".pyo"))]


def _place_in_wheel(place: Path, installed: Installed, prefix: Path) -> str | None:
    """Where a file stands in the wheel; ``None`` for one that the installer makes."""
    if place.parent == installed.info and (
        place.name in _INSTALLER_FILES or (place.name == _ORIGIN and installed.project is None)
    ):
        return None
    if place.is_relative_to(installed.site):
        return place.relative_to(installed.site).as_posix()
    data = installed.info.name.removesuffix(".dist-info") + ".data"
    if place.parent == prefix / "bin":
        return None if _is_entry_point(place.name, installed) else f"{data}/scripts/{place.name}"
    headers = prefix / "include" / "site" / installed.site.parent.name
    if place.is_relative_to(headers) and len(place.relative_to(headers).parts) > 1:
        return f"{data}/headers/{Path(*place.relative_to(headers).parts[1:]).as_posix()}"
    if place.is_relative_to(prefix):
        return f"{data}/data/{place.relative_to(prefix).as_posix()}"
    raise NotRepackable(installed.name, f"{place} lies outside the environment {prefix}")


def _is_entry_point(script: str, installed: Installed) -> bool:
    """Whether the installer makes it; pip makes ``pip3.11`` out of ``pip`` as well."""
    parser = ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names of scripts keep their case
    try:
        parser.read_string((installed.info / "entry_points.txt").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (ConfigError, ValueError) as error:
        raise NotRepackable(installed.name, f"{installed.info / 'entry_points.txt'} cannot be read") from error
    names = {
        name for group in ("console_scripts", "gui_scripts") if parser.has_section(group) for name in parser[group]
    }
    return script in names or (installed.name == "pip" and script.rstrip("0123456789.") in names)


def _filename(installed: Installed) -> str:
    try:
        header = HeaderParser().parsestr((installed.info / "WHEEL").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotRepackable(
            installed.name, f"{installed.info / 'WHEEL'} cannot be read: it was not installed from a wheel"
        ) from error
    tags = [str(tag) for tag in header.get_all("Tag", [])]
    build = header.get("Build", "")
    parts = [part for part in (installed.info.name.removesuffix(".dist-info"), build, _compressed(tags)) if part]
    return "-".join(parts) + ".whl"


def _compressed(tags: list[str]) -> str:
    """The tags as one, as in a filename; the first alone where they are no product of their parts."""
    columns = zip(*(tag.split("-", 2) for tag in tags), strict=False)
    together = "-".join(".".join(dict.fromkeys(column)) for column in columns)
    return together if together and len(parse_tag(together)) == len(set(tags)) else (tags or ["py3-none-any"])[0]


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
