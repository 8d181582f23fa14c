"""Keep standard output for the JSON of a command: what modules and libraries print meanwhile goes to standard error.

A program reads the one and a person the other; a ``print`` in a module must not be the end of that program. Written text and
file descriptor 1 are both led away, as a child or a library in C writes to the second.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO

_kept: list[TextIO] = []


def is_json(arguments: Sequence[str]) -> bool:
    """Whether a command prints JSON and nothing else."""
    return "--json" in arguments and {"-h", "--help"}.isdisjoint(arguments)


def own_output() -> TextIO:
    """Where the JSON is to be written."""
    return _kept[-1] if _kept else sys.stdout


@contextmanager
def json_alone() -> Iterator[None]:
    """Lead away from standard output whatever is not written to :func:`own_output`, for the length of the block."""
    out = sys.stdout
    if _kept or not _is_descriptor_1(out):  # led away already, or a test reads it
        with _keeping(own_output()):
            yield
        return
    out.flush()
    descriptor = os.dup(1)
    os.dup2(2, 1)
    with open(descriptor, "w", encoding=out.encoding, errors=out.errors, closefd=False) as own:
        try:
            with _keeping(own):
                yield
        finally:
            with suppress(OSError):  # standard error may be closed
                out.flush()
            os.dup2(descriptor, 1)
            os.close(descriptor)


@contextmanager
def given_back() -> Iterator[None]:
    """Put standard output back for the length of the block, in which this process becomes another program."""
    if not _kept or _is_descriptor_1(_kept[-1]) or not _has_descriptor(_kept[-1]):
        yield
        return
    led = os.dup(1)
    os.dup2(_kept[-1].fileno(), 1)
    try:
        yield
    finally:
        os.dup2(led, 1)
        os.close(led)


@contextmanager
def _keeping(own: TextIO) -> Iterator[None]:
    _kept.append(own)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _kept.pop()


def _is_descriptor_1(stream: TextIO) -> bool:
    return _has_descriptor(stream) and stream.fileno() == 1


def _has_descriptor(stream: TextIO) -> bool:
    try:
        stream.fileno()
    except (OSError, ValueError):
        return False
    return True
