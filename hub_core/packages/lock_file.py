"""Read and write a lock as ``pylock.toml`` (PEP 751), so that other tools can read what an environment is made of.

A wheel is named by its hash and the way to it in the wheel store, never by the host it came from. What PEP 751 has no
word for stands under ``tool.hub``: the roots, and the wheel that stands for an editable project.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from packaging.pylock import Package, PackageWheel, Pylock, PylockUnsupportedVersionError, PylockValidationError

from ..toml_text import TomlInvalid, read_toml
from .durable import write_whole
from .failures import LockInvalid
from .lock import Lock, LockedPackage, LockedWheel

LOCK_FILE: Final = "pylock.toml"
LARGEST_LOCK: Final = 4 * 2**20
_CREATOR: Final = "hub"


def write_lock(lock: Lock, file: Path, store: Path, *, beside: Path | None = None) -> None:
    """Write ``lock``, whole or not at all.

    :param store: the folder of the wheel store; the way to each wheel is relative to the folder of ``file``.
    :param beside: the folder that the file is written for, where it is another one.
    """
    write_whole(file, lock_text(lock, beside or file.parent, store).encode())


def lock_text(lock: Lock, folder: Path, store: Path) -> str:
    """The text of a lock that lies in ``folder``; the same for the same lock."""
    lines = ['lock-version = "1.0"', f"created-by = {_text(_CREATOR)}", f'requires-python = "=={lock.python}.*"', ""]
    for package in lock.packages:
        lines += [*_package_lines(package, folder, store), ""]
    lines += ["[tool.hub]", f"python = {_text(lock.python)}", "roots = ["]
    return "\n".join([*lines, *(f"    {_text(root)}," for root in lock.roots), "]", ""])


def _package_lines(package: LockedPackage, folder: Path, store: Path) -> Iterator[str]:
    yield "[[packages]]"
    yield f"name = {_text(package.name)}"
    yield f"version = {_text(package.version)}"
    path = os.path.relpath(store / package.wheel.sha256 / package.wheel.filename, folder)
    wheel = f"{{ name = {_text(package.wheel.filename)}, path = {_text(path)}, hashes = {{ sha256 = {_text(package.wheel.sha256)} }} }}"
    if package.project is None:
        yield f"wheels = [{wheel}]"
    else:
        yield f"directory = {{ path = {_text(os.path.relpath(package.project, folder))}, editable = true }}"
        yield f"tool.hub.wheel = {wheel}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_lock(file: Path) -> Lock:
    """The lock in ``file``.

    :raises LockInvalid: when it is no lock, or one that somebody else wrote: not every package as one hashed wheel.
    :raises FileNotFoundError: when there is none.
    """
    with file.open("rb") as opened:
        return parsed_lock(opened.read(LARGEST_LOCK + 1), file)


def parsed_lock(content: bytes, file: Path) -> Lock:
    """The lock that ``content`` is, as if it stood in ``file``: that says where editable projects lie.

    :raises LockInvalid: as :func:`read_lock`.
    """
    try:
        document = read_toml(content, largest=LARGEST_LOCK)
        pylock = Pylock.from_dict(document)
        ours = pylock.tool["hub"] if pylock.tool else None
        if not isinstance(ours, Mapping):
            raise LockInvalid(file, "it has no table tool.hub, so the hub did not write it")
        return Lock(
            packages=tuple(_package(package, file) for package in pylock.packages),
            roots=tuple(str(root) for root in ours["roots"]),
            python=str(ours["python"]),
        )
    except (TomlInvalid, PylockValidationError, PylockUnsupportedVersionError) as error:
        raise LockInvalid(file, str(error)) from error
    except (KeyError, TypeError) as error:
        raise LockInvalid(file, f"what the hub keeps in it is damaged: {error}") from error


def _package(package: Package, file: Path) -> LockedPackage:
    if package.directory is not None and package.tool is not None:
        wheel = PackageWheel(**_keywords(package.tool["hub"]["wheel"]))
        project: Path | None = Path(os.path.normpath(file.parent.absolute() / package.directory.path))
    elif package.wheels and len(package.wheels) == 1:
        wheel, project = package.wheels[0], None
    else:
        raise LockInvalid(file, f"{package.name} is not locked to one wheel")
    if package.version is None or set(wheel.hashes) != {"sha256"}:
        raise LockInvalid(file, f"{package.name} is locked without a version or a SHA-256")
    return LockedPackage(
        name=package.name,
        version=str(package.version),
        wheel=_wheel(wheel.filename, wheel.hashes["sha256"], package.name, file),
        project=project,
    )


def _wheel(filename: str, digest: str, name: str, file: Path) -> LockedWheel:
    """Both become parts of a path: nothing else may pass."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise LockInvalid(file, f"the SHA-256 of {name} is none")
    if Path(filename).name != filename or not filename.endswith(".whl"):
        raise LockInvalid(file, f"{filename!r} is not the name of a wheel")
    return LockedWheel(filename=filename, sha256=digest)


def _keywords(table: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": str(table["name"]), "path": str(table["path"]), "hashes": dict(table["hashes"])}
