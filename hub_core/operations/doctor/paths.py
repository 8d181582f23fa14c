"""Do the folders and files the hub starts from exist, and can it read and write what it must?"""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...planning import DocumentInvalid, document
from ...settings import CONFIG_FILE, HubSettings, SettingsInvalid, read_settings
from ..folders import is_there, matching, obstacle_to_writing
from ..observation import Observation, error, ok, told, warning

_STANDARD_LIBRARY_ZIP = re.compile(r"python\d+\.zip")  # Python names it whether it is there or not


def examine(folder: Path) -> Iterator[Observation]:
    """hub.toml and the settings, the state folder, and the folders modules are looked for in."""
    yield from _document(folder)
    settings = read_or_none(folder)
    if isinstance(settings, HubSettings):
        yield _state_folder(settings)
        missing = [*_missing_modules(settings), *_missing_from_path(sys.path), *_missing_from_pth(sys.path)]
    else:
        yield settings
        missing = [*_missing_from_path(sys.path), *_missing_from_pth(sys.path)]
    yield from dict.fromkeys(missing)
    if not missing:
        yield ok(code="path_complete", text="every folder that modules are looked for in is there")


def read_or_none(folder: Path) -> HubSettings | Observation:
    """The settings, or what keeps them from being read."""
    try:
        return read_settings(folder)
    except SettingsInvalid as fault:
        return told(fault)
    except OSError as fault:  # .env, which pydantic-settings opens
        return error(
            code="settings_invalid",
            text=f"{fault.filename} cannot be read: {fault.strerror}",
            remedy="Give this user the right to read it",
        )


def _document(folder: Path) -> Iterator[Observation]:
    path = folder / CONFIG_FILE
    try:
        document(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        yield from _no_document(folder)
    except DocumentInvalid as fault:
        if not fault.faults[0].startswith("not TOML"):
            yield told(fault)
    except (OSError, UnicodeDecodeError):
        pass  # as with what is no TOML: reading the settings from it says the same
    else:
        yield ok(code="document_valid", text=f"{path} is valid")


def _no_document(folder: Path) -> Iterator[Observation]:
    above = next((place for place in folder.parents if is_there(place / CONFIG_FILE)), None)
    if above is not None:
        yield warning(
            code="document_above",
            text=f"there is no {CONFIG_FILE} in {folder}, but one in {above}; the hub works on the folder it is called in",
            remedy=f"cd {above}",
        )
    elif obstacle := obstacle_to_writing(folder):
        yield warning(
            code="config_not_writable",
            text=f"there is no {CONFIG_FILE} in {folder}, and `hub up` cannot write one: {obstacle}",
            remedy=f"Write a {CONFIG_FILE} there yourself, or call the hub in a folder that it may write",
        )
    else:
        yield ok(code="document_absent", text=f"there is no {CONFIG_FILE} in {folder}; `hub up` writes one")


def _state_folder(settings: HubSettings) -> Observation:
    obstacle = obstacle_to_writing(settings.state_folder)
    if obstacle is None:
        return ok(code="state_folder_writable", text=f"the state folder {settings.state_folder} can be written")
    return Observation(
        level="warning" if settings.database_url else "error",  # without a URL the database lies in it
        code="state_folder_not_writable",
        text=f"the state folder {settings.state_folder} cannot be written: {obstacle}",
        remedy="Give this user the right to write it, or set HUB_STATE_DIR to another folder",
    )


def _missing_modules(settings: HubSettings) -> Iterator[Observation]:
    for folder in settings.module_folders:
        if not is_there(folder):
            yield warning(
                code="module_path_missing",
                text=f"{folder}, named in module_paths, is not there: no module is found in it",
                remedy=f"Run pip install --target {folder}, or take it out of module_paths",
            )


def _missing_from_path(path: Iterable[str]) -> Iterator[Observation]:
    for entry in path:
        if entry and not is_there(Path(entry)) and not _STANDARD_LIBRARY_ZIP.fullmatch(Path(entry).name):
            yield warning(
                code="path_missing",
                text=f"{entry} is on Python's path, and there is no such folder: no module is found in it",
                remedy="Correct PYTHONPATH, or create the folder",
            )


def _missing_from_pth(path: Iterable[str]) -> Iterator[Observation]:
    """Folders that a ``.pth`` file adds, as editable installs do, and that were moved or deleted since."""
    for folder in path:
        for file in matching(Path(folder), "*.pth") if folder else ():
            for line in _lines(file):
                place = Path(folder, line)
                if not line.startswith(("import ", "import\t", "#")) and not is_there(place):
                    yield warning(
                        code="path_missing",
                        text=f"{file} names {place}, and there is no such folder: what was installed from there is gone",
                        remedy="Install it again from where it lies now, or uninstall it",
                    )


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        return []
