"""Whether a lock can be installed here: its Python and the platforms of its wheels, before anything is fetched."""

import sysconfig

from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from .failures import LockUnfit
from .lock import THIS_PYTHON, Lock


def refuse_unfit(lock: Lock) -> None:
    """:raises LockUnfit: naming the Python, or the first wheel, that is not for this machine."""
    if lock.python != THIS_PYTHON:
        raise LockUnfit(f"Python {lock.python}", THIS_PYTHON)
    here = frozenset(sys_tags())
    for package in lock.packages:
        try:
            tags = parse_wheel_filename(package.wheel.filename)[3]
        except InvalidWheelFilename:
            continue  # the installer says what it thinks of it
        if not tags & here:
            raise LockUnfit(
                f"another machine ({package.wheel.filename})", f"Python {THIS_PYTHON} on {sysconfig.get_platform()}"
            )
