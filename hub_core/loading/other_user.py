"""Become a user who may do nothing, where the hub runs as root: what a module tries at its import then fails.

The user has a number that no account has. So nothing belongs to it, whatever runs as it was started by a module, and the
limit on its processes counts no others. Where the system refuses such a number it is *nobody*.

Modules often lie where only root may read. On Linux the right to read, and no other, can be kept; elsewhere it is tried
out whether the modules can be read without.
"""

import ctypes
import json
import os
import pwd
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_FIRST: Final = 2**30
"""Accounts and containers have lower numbers than this."""
_PR_SET_KEEPCAPS: Final = 8
_PR_SET_SECUREBITS: Final = 28
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_NO_SETUID_FIXUP: Final = 4
"""So that ``os.access``, which programs ask before they read, also answers yes."""
_CAP_DAC_READ_SEARCH: Final = 2
_CAPABILITY_VERSION: Final = 0x20080522
_GOOD: Final = b"\0"
_NOT_ENDED: Final = "this process may not end those of another user"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherUser:
    """Whom a process becomes. ``is_alone``: no process but those of modules runs as this user."""

    user: int
    group: int
    is_alone: bool
    reads_all: bool

    def become(self) -> None:
        """Give up all rights for good.

        :raises OSError: when the system does not let this process do so.
        """
        if self.reads_all:
            _prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP)  # may be refused
            _prctl(_PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(self.group, self.group, self.group)
        os.setresuid(self.user, self.user, self.user)
        if self.reads_all:
            _keep_only_reading()
        if sys.platform == "linux":
            _prctl(_PR_SET_NO_NEW_PRIVS, 1)

    def end_all(self) -> None:
        """End every process of this user at once, also those that start new ones faster than they can be ended."""
        if not self.is_alone:
            return
        ending = os.fork()
        if ending == 0:
            with suppress(BaseException):
                os.setgroups([])
                os.setresgid(self.group, self.group, self.group)
                os.setresuid(self.user, self.user, self.user)
                os.kill(-1, signal.SIGKILL)
            os._exit(0)
        os.waitpid(ending, 0)


def other_user(readable: Iterable[str]) -> tuple[OtherUser | None, str]:
    """Whom to become, and if nobody, why not: empty where this process is not root and has no rights to give up.

    :param readable: files and folders that it must be able to read.
    """
    if os.geteuid() != 0:
        return None, ""
    paths, why = list(readable), ""
    for candidate in _candidates():
        why = _tried(candidate, paths)
        if not why:
            return candidate, ""
        if why == _NOT_ENDED:  # nor could it those of any other
            break
    return None, why


def _candidates() -> Iterator[OtherUser]:
    accounts = [(_FIRST + os.getpid(), _FIRST + os.getpid(), True)]
    with suppress(KeyError):
        nobody = pwd.getpwnam("nobody")
        accounts.append((nobody.pw_uid, nobody.pw_gid, False))
    for reads_all in (True, False) if sys.platform == "linux" else (False,):
        for user, group, is_alone in accounts:
            yield OtherUser(user=user, group=group, is_alone=is_alone, reads_all=reads_all)


def _tried(candidate: OtherUser, paths: list[str]) -> str:
    """Become it in a process of its own, read, and be ended: why it cannot be, or empty."""
    told, telling = os.pipe()
    waiting, going = os.pipe()
    trying = os.fork()
    if trying == 0:
        os.close(going)
        with suppress(BaseException):
            os.write(telling, _fault(candidate, paths).encode(errors="replace")[:1000] or _GOOD)
            os.close(telling)
            os.read(waiting, 1)  # to be ended by a signal, or to end by itself where that is not possible
        os._exit(0)
    os.close(telling)
    os.close(waiting)
    why = os.read(told, 1000)
    with suppress(OSError):
        os.kill(trying, signal.SIGKILL)
    os.close(going)
    os.close(told)
    _, status = os.waitpid(trying, 0)
    if why != _GOOD:
        return why.decode() or "it ended when it was tried"
    return "" if os.WIFSIGNALED(status) else _NOT_ENDED


def _fault(candidate: OtherUser, paths: list[str]) -> str:
    try:
        candidate.become()
    except OSError as error:
        return f"this process may not become another user: {error.strerror}"
    unreadable = next((path for path in paths if not _can_read(path)), None)
    return f"another user may not read {unreadable}" if unreadable else ""


def _can_read(path: str) -> bool:
    """Whether a folder can be listed or a file opened; what is not there needs not be read."""
    try:
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
        except NotADirectoryError:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _keep_only_reading() -> None:
    only = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    rights = (ctypes.c_uint32 * 6)(only, only, only, 0, 0, 0)  # effective, permitted, inheritable; the upper halves
    library = ctypes.CDLL(None, use_errno=True)
    if library.capset(header, rights):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH)  # programs that a module starts read, too


def _prctl(option: int, *values: int) -> bool:
    arguments = (ctypes.c_ulong(each) for each in (*values, 0, 0, 0, 0)[:4])
    return bool(ctypes.CDLL(None).prctl(option, *arguments) == 0)


def main() -> None:
    """Say whom a process that is started as this one becomes; what it must be able to read comes on standard input."""
    user, why = other_user(json.load(sys.stdin))
    json.dump({"is_other": user is not None, "is_alone": user is not None and user.is_alone, "why": why}, sys.stdout)


if __name__ == "__main__":
    main()
