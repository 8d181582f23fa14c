"""The processes of this hub that died without a word, and what each was doing; read from the notes they left."""

import fcntl
import json
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ...catalog import FoundModule
from .process_note import BACKGROUND, FOLDER, HEAD_BYTES, PHASES, SLOT_BYTES, boot, is_kept_here

_LARGEST_TRACEBACK: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A module something was done with when a process died; ``phase`` is *request* while it answered one, and
    *background* when it had work of its own, or when nothing was noted and only the stack shows it.
    """

    module: str
    hash: str
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of one process: when, in seconds since 1970, how long it had lived, and who may have brought it about."""

    pid: int
    at: float
    lived: float
    suspects: tuple[Suspect, ...]
    traceback: str = ""
    """The Python frames at a fault such as a segmentation fault, the innermost first; empty when it was killed."""

    def as_json(self) -> dict[str, Any]:
        """For :meth:`from_json`."""
        suspects = [[each.module, each.hash, each.phase] for each in self.suspects]
        return {"pid": self.pid, "at": self.at, "lived": self.lived, "suspects": suspects, "traceback": self.traceback}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Death":
        """The death of :meth:`as_json`."""
        suspects = tuple(Suspect(module=name, hash=digest, phase=phase) for name, digest, phase in value["suspects"])
        return cls(**{**value, "suspects": suspects})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Deaths, and the notes they were read from, which stay until somebody has written the deaths down."""

    deaths: tuple[Death, ...]
    notes: tuple[Path, ...]

    def forget(self) -> None:
        """Remove the notes."""
        for note in self.notes:
            for path in (note, note.with_suffix(".faults")):
                with suppress(OSError):
                    path.unlink(missing_ok=True)


def deaths_since(state_folder: Path, modules: Callable[[], Iterable[FoundModule]]) -> Found:
    """Every death since the notes were last removed. Processes that one blow ended, all of one family, died once.

    :param modules: that are installed; asked when there is a traceback, for whose code it shows.
    """
    deaths: dict[str, Death] = {}
    families: dict[str, str] = {}
    notes: list[Path] = []
    with suppress(OSError):
        for path in sorted((state_folder / FOLDER).glob("*.note")):
            if is_kept_here(path):
                continue
            with suppress(OSError):
                content = _left(path)
                notes.append(path)
                if (head := _head(content)) is not None and head["boot"] == boot():
                    deaths[path.name], families[path.name] = _death(path, head, content, modules), head["family"]
        for path in (state_folder / FOLDER).glob("*.new"):  # killed before it had written anything
            with suppress(OSError):
                _left(path)
                notes.append(path)
        faults = (state_folder / FOLDER).glob("*.faults")
        notes += (path for path in faults if not path.with_suffix(".note").exists())  # killed at its very end
    for name, family in families.items():
        if family in deaths:
            deaths[family] = _together(deaths[family], deaths.pop(name))
    return Found(deaths=tuple(deaths.values()), notes=tuple(notes))


def _left(path: Path) -> bytes:
    """What a dead process left; OSError for one that is alive, which holds its lock."""
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def _death(path: Path, head: dict[str, Any], content: bytes, modules: Callable[[], Iterable[FoundModule]]) -> Death:
    traceback = _text(path.with_suffix(".faults"))
    suspects = _likeliest(tuple(_suspects(content)))
    if traceback:
        suspects = _blamed(suspects, traceback, modules())
    return Death(pid=head["pid"], at=head["at"], lived=head["lived"], suspects=suspects, traceback=traceback)


def _together(first: Death, other: Death) -> Death:
    suspects = {each.module: each for each in (*other.suspects, *first.suspects)}
    return replace(first, suspects=tuple(suspects.values()), traceback=first.traceback or other.traceback)


def _head(content: bytes) -> dict[str, Any] | None:
    try:
        beat, _, rest = content[:HEAD_BYTES].partition(b"\n")
        match json.loads(rest.rstrip(b"\0")):
            case {"pid": int(pid), "began": int() | float() as began, "boot": str(boot_id), "family": str(family)}:
                wall, steady = map(float, beat.split())
                return {"pid": pid, "lived": steady - began, "boot": boot_id, "at": wall, "family": family}
    except ValueError:
        pass
    return None


def _suspects(content: bytes) -> Iterator[Suspect]:
    for start in range(HEAD_BYTES, len(content) - SLOT_BYTES + 1, SLOT_BYTES):
        requests, phase = struct.unpack_from("=II", content, start)
        told = content[start + 8 : start + SLOT_BYTES].rstrip(b"\0")
        if not told:
            return
        digest, _, module = told.decode(errors="replace").partition(" ")
        if 0 < phase < len(PHASES) and not (requests and PHASES[phase] == BACKGROUND):
            yield Suspect(module=module, hash=digest, phase=PHASES[phase])
        elif requests:
            yield Suspect(module=module, hash=digest, phase="request")


def _likeliest(suspects: tuple[Suspect, ...]) -> tuple[Suspect, ...]:
    """Work in the background goes on all the time: it counts where there was nothing else, and one module's only."""
    active = tuple(each for each in suspects if each.phase != BACKGROUND)
    return active or (suspects if len(suspects) == 1 else ())


def _blamed(suspects: tuple[Suspect, ...], traceback: str, modules: Iterable[FoundModule]) -> tuple[Suspect, ...]:
    """The module whose code was innermost when the fault happened, noted or not; where there is none, all suspects."""
    installed, noted = tuple(modules), {suspect.module: suspect for suspect in suspects}
    for line in traceback.splitlines():
        for module in installed:
            if f'File "{module.folder}{os.sep}' in line:
                return (noted.get(module.name, Suspect(module=module.name, hash=module.hash, phase="background")),)
    return suspects


def _text(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return _guilty_thread(file.read(_LARGEST_TRACEBACK).decode(errors="replace"))
    return ""


def _guilty_thread(text: str) -> str:
    """The lines of the thread that faulted: faulthandler writes it as *current*, among the others."""
    lines = text.splitlines()
    begins = next((number for number, line in enumerate(lines) if line.startswith("Current thread")), None)
    if begins is None:
        return ""
    ends = next((number for number in range(begins + 1, len(lines)) if not lines[number].strip()), len(lines))
    fatal = [line for line in lines[:begins] if line.startswith("Fatal")]
    return "\n".join([*fatal, *lines[begins:ends]])
