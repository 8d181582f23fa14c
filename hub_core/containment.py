"""Where a module's exception ends: with the module, whatever it raised."""

import asyncio
import signal
import threading


def is_contained(error: BaseException) -> bool:
    """Whether ``error``, raised by a module's code, is that module's failure and nothing more.

    A Ctrl-C and the end of our own task are not: they must go on. ``CancelledError`` counts as the module's own when
    nobody asked this task to end.
    """
    if isinstance(error, KeyboardInterrupt):
        return not _may_be_ctrl_c()
    if isinstance(error, GeneratorExit):
        return False
    if isinstance(error, asyncio.CancelledError):
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no event loop: nobody can have asked
            return True
        return task is None or not task.cancelling()
    return True


def _may_be_ctrl_c() -> bool:
    """Whether Ctrl-C would come as this exception: in the main thread, while Python or asyncio handle the signal.

    A server handles it itself, and then a KeyboardInterrupt was raised by whoever's code runs.
    """
    if threading.current_thread() is not threading.main_thread():
        return False
    handler = signal.getsignal(signal.SIGINT)
    of_asyncio = getattr(getattr(handler, "func", None), "__name__", "") == "_on_sigint"
    return handler is signal.default_int_handler or of_asyncio
