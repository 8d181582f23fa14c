"""End with the process that started this one, however that ended; on Linux, elsewhere it goes on."""

import os
import signal
import sys
from typing import Final

from .launching import LIFELINE

_PR_SET_PDEATHSIG: Final = 1


def end_with_parent() -> None:
    """Be told to end when the process is gone that asked for that."""
    parent = os.environ.pop(LIFELINE)
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(parent):  # it was gone before
        os.kill(os.getpid(), signal.SIGTERM)
