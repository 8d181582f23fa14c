"""What of a process belongs to all who share it, outside of Python's objects: signals, folder, locale, limits, hooks.

Each is read before a module is imported and after it. What differs would change the other modules and the hub as well.
"""

import _signal  # type: ignore[import-not-found]
import asyncio
import csv
import decimal
import faulthandler
import gc
import locale
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

_STANDARD: Final = ("input", "output", "error")
_LIMITS: Final = (
    "RLIMIT_AS",
    "RLIMIT_CORE",
    "RLIMIT_CPU",
    "RLIMIT_FSIZE",
    "RLIMIT_NOFILE",
    "RLIMIT_NPROC",
    "RLIMIT_STACK",
)
_TERMINAL: Final = 1 << signal.SIGWINCH - 1
"""What ``readline`` catches when it is imported: that the terminal has another size."""
_FEW_FILES: Final = 64
_TIMERS: Final = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_SIGNALS: Final = tuple(map(int, sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})))
_LISTS: Final = ("path", "meta_path", "path_hooks")


def process_state() -> dict[str, Any]:
    """How the process stands: by the name of each thing, a value that can be compared."""
    return {name: read() for name, read in _READ.items()}


def confined_state() -> dict[str, Any]:
    """Of :func:`process_state` what confining a process changes."""
    return {name: _READ[name]() for name in _CONFINED}


def serving_state() -> dict[str, Any]:
    """Of :func:`process_state` what no module has reason to change while it starts; files it may open, and decimals are its task's."""
    return {name: read() for name, read in _READ.items() if name not in ("open files", "the decimal context")}


def restore_state(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Set back what differs and can be set back, in the main thread."""
    for name, was in before.items():
        if name in _RESTORED and now[name] != was:
            with suppress(Exception):  # the folder may be gone, for one; the others are set back all the same
                _RESTORED[name](was)


def changed_state(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What differs, each as a few words."""
    for name, was in before.items():
        if now[name] != was:
            yield from _TOLD[name](was, now[name]) if name in _TOLD else (f"changes {name}",)


def _handlers() -> list[Any]:
    """As C gives them (``signal`` makes an enumeration's member of each, which takes twenty times as long), and the system.

    What was set without Python is known to the system alone: whether a signal is ignored or caught.
    """
    ignored, caught = _dispositions()
    ignored, caught = ignored & ~_TERMINAL, caught & ~_TERMINAL
    return [(_signal.getsignal(each), ignored >> each - 1 & 1, caught >> each - 1 & 1) for each in _SIGNALS]


def _dispositions() -> tuple[int, int]:
    """Which signals the system says are ignored, and which are caught, a bit for each; none where it does not say."""
    with suppress(OSError, ValueError):
        file = os.open("/proc/self/status", os.O_RDONLY)  # a file object takes three times as long
        try:
            status = os.read(file, 8192)
        finally:
            os.close(file)
        return _mask_in(status, b"\nSigIgn:\t"), _mask_in(status, b"\nSigCgt:\t")
    return 0, 0


def _mask_in(status: bytes, name: bytes) -> int:
    return int(status.partition(name)[2][:16], 16)


def _told_handlers(was: list[Any], now: list[Any]) -> Iterator[str]:
    for number, before, after in zip(_SIGNALS, was, now, strict=True):
        if before != after:
            yield f"changes the handler of {name_of_signal(number)}"


def name_of_signal(number: int) -> str:
    """``SIGTERM`` for 15; a real-time signal has a number only."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _blocked() -> frozenset[int]:
    return frozenset(_signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def _timers() -> tuple[bool, ...]:
    return tuple(signal.getitimer(each) != (0, 0) for each in _TIMERS)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a Path takes five times as long
    except OSError:  # it was removed
        return ""


def _mask() -> int:
    mask = os.umask(0o077)  # there is no other way to ask
    os.umask(mask)
    return mask


def _environment() -> Mapping[Any, Any]:
    """The variables, where that can be as they are kept: decoding each of them takes longer than all the rest."""
    return dict(getattr(os.environ, "_data", os.environ))


def _told_environment(was: Mapping[Any, Any], now: Mapping[Any, Any]) -> Iterator[str]:
    """A new variable is the module's own; the value of another may be a secret, so that only its name is told."""
    for name, value in was.items():
        if now.get(name) != value:
            yield f"{'changes' if name in now else 'removes'} the environment variable {os.fsdecode(name)}"


def _told_list(name: str) -> Callable[[Sequence[Any], Sequence[Any]], Iterator[str]]:
    def told(was: Sequence[Any], now: Sequence[Any]) -> Iterator[str]:
        """What is added behind the others decides about nothing that they find."""
        if list(now[: len(was)]) != list(was):
            removes = any(each not in now for each in was)
            yield f"removes from sys.{name}" if removes else f"puts something in front in sys.{name}"

    return told


def _standard_files() -> list[tuple[int, int] | None]:
    return [_identity(number) for number in range(len(_STANDARD))]


def _identity(number: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(number)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _told_standard_files(was: Sequence[Any], now: Sequence[Any]) -> Iterator[str]:
    for name, before, after in zip(_STANDARD, was, now, strict=True):
        if before != after:
            yield f"{'closes' if after is None else 'replaces'} standard {name}"


def _open_files() -> int:
    with suppress(OSError):
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a Path takes longer
    return 0


def _told_open_files(was: int, now: int) -> Iterator[str]:
    """A library may keep a few open."""
    if now - was > _FEW_FILES:
        yield f"leaves {now - was} files open"


def _policy() -> Any:
    """The event loop policy, if it is not asyncio's own, which is made when it is first needed."""
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    return None if type(policy).__module__.startswith("asyncio.") else policy


def _limits() -> Mapping[str, tuple[int, int]]:
    return {name: resource.getrlimit(getattr(resource, name)) for name in _LIMITS if hasattr(resource, name)}


def _told_limits(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"changes the limit {name}" for name in was if was[name] != now[name])


def _decimal(context: decimal.Context) -> tuple[Any, ...]:
    _, (*settings, _, traps) = context.__reduce__()  # as copying it does; the flags change with each use
    return *settings, traps


def _wakeup() -> int:
    """The file that is written to at each signal; there is no other way to ask, and only in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return -1
    if (number := signal.set_wakeup_fd(-1)) != -1:
        signal.set_wakeup_fd(number)
    return number


def _start_method() -> str:
    """How processes are started, if not as by default; asking for the default keeps it as the chosen one."""
    found: Any = getattr(sys.modules.get("multiprocessing.context"), "_default_context", None)
    chosen = getattr(found, "_actual_context", None)
    return "" if chosen in (None, getattr(found, "_default_context", None)) else chosen._name


def _tracing() -> tuple[Any, ...]:
    return sys.gettrace(), threading.gettrace(), sys.getprofile(), threading.getprofile()


_READ: Final[Mapping[str, Callable[[], Any]]] = {
    "signal handlers": _handlers,
    "the blocked signals": _blocked,
    "the timers that send signals": _timers,
    "faulthandler": faulthandler.is_enabled,
    **{f"sys.{name}": lambda name=name: tuple(getattr(sys, name)) for name in _LISTS},  # type: ignore[misc]
    "environment": _environment,
    "the working directory": _folder,
    "the umask": _mask,
    "the locale": lambda: locale.setlocale(locale.LC_ALL),
    "the time zone": lambda: (os.environ.get("TZ"), time.tzname, time.timezone, time.altzone),
    "standard files": _standard_files,
    "the event loop policy": _policy,
    "open files": _open_files,
    "limits": _limits,
    "the priority of the process": lambda: os.getpriority(os.PRIO_PROCESS, 0),
    "the decimal context": lambda: _decimal(decimal.getcontext()),
    "the decimal context of new threads": lambda: _decimal(decimal.DefaultContext),
    "sys.argv": lambda: tuple(sys.argv),
    "the hooks of asynchronous generators": sys.get_asyncgen_hooks,
    "the trace or profile function": _tracing,
    "the recursion limit": sys.getrecursionlimit,
    "the limit of digits": sys.get_int_max_str_digits,
    "the switch interval of threads": sys.getswitchinterval,
    "the stack size of threads": threading.stack_size,
    "the default timeout of sockets": socket.getdefaulttimeout,
    "garbage collection": lambda: (gc.isenabled(), gc.get_threshold(), tuple(gc.callbacks)),
    "the wakeup file of signals": _wakeup,
    "the start method of processes": _start_method,
    "the limit of fields in CSV": csv.field_size_limit,
}
_CONFINED: Final = (
    "signal handlers",
    "environment",
    "the working directory",
    "standard files",
    "open files",
    "limits",
    "garbage collection",
)
_TOLD: Final[Mapping[str, Callable[[Any, Any], Iterator[str]]]] = {
    "signal handlers": _told_handlers,
    **{f"sys.{name}": _told_list(name) for name in _LISTS},
    "environment": _told_environment,
    "standard files": _told_standard_files,
    "open files": _told_open_files,
    "limits": _told_limits,
}


def _restore_handlers(were: list[Any]) -> None:
    for number, (handler, _, _) in zip(_SIGNALS, were, strict=True):
        if handler is not None and _signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _restore_timers(were: tuple[bool, ...]) -> None:
    for timer, was_on in zip(_TIMERS, were, strict=True):
        if not was_on:
            signal.setitimer(timer, 0)


def _restore_environment(were: Mapping[Any, Any]) -> None:
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in were.items()})


def _restore_collection(was: tuple[bool, tuple[int, int, int], tuple[Any, ...]]) -> None:
    gc.enable() if was[0] else gc.disable()
    gc.set_threshold(*was[1])
    gc.callbacks[:] = was[2]


def _restore_time_zone(was: tuple[str | None, *tuple[Any, ...]]) -> None:
    if was[0] is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = was[0]
    time.tzset()


def _restore_limits(were: Mapping[str, tuple[int, int]]) -> None:
    """The soft ones; a hard one that was lowered can be raised again by root alone."""
    for name, (soft, hard) in were.items():
        number = getattr(resource, name)
        _, hard_now = resource.getrlimit(number)
        try:
            resource.setrlimit(number, (soft, hard))
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                resource.setrlimit(number, (soft if hard_now == resource.RLIM_INFINITY else hard_now, hard_now))


def _restore_tracing(were: tuple[Any, ...]) -> None:
    for restore, was in zip(
        (sys.settrace, threading.settrace, sys.setprofile, threading.setprofile), were, strict=True
    ):
        restore(was)


def _restore_start_method(was: str) -> None:
    sys.modules["multiprocessing.context"]._default_context.set_start_method(was or None, force=True)


_RESTORED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "signal handlers": _restore_handlers,
    "the blocked signals": lambda was: signal.pthread_sigmask(signal.SIG_SETMASK, was),
    "the timers that send signals": _restore_timers,
    **{f"sys.{name}": lambda was, name=name: getattr(sys, name).__setitem__(slice(None), was) for name in _LISTS},  # type: ignore[misc]
    "environment": _restore_environment,
    "the working directory": os.chdir,
    "the umask": os.umask,
    "the locale": lambda was: locale.setlocale(locale.LC_ALL, was),
    "the time zone": _restore_time_zone,
    "faulthandler": lambda was: faulthandler.enable() if was else faulthandler.disable(),
    "the event loop policy": lambda was: setattr(asyncio.events, "_event_loop_policy", was),
    "limits": _restore_limits,
    "the priority of the process": lambda was: os.setpriority(os.PRIO_PROCESS, 0, was),
    "the trace or profile function": _restore_tracing,
    "the recursion limit": sys.setrecursionlimit,
    "the limit of digits": sys.set_int_max_str_digits,
    "the switch interval of threads": sys.setswitchinterval,
    "the stack size of threads": threading.stack_size,
    "the default timeout of sockets": socket.setdefaulttimeout,
    "garbage collection": _restore_collection,
    "the wakeup file of signals": signal.set_wakeup_fd,
    "the start method of processes": _restore_start_method,
    "the limit of fields in CSV": csv.field_size_limit,
}
