"""Where a module's exception ends: with the module, whatever it raised."""

import asyncio


def is_contained(error: BaseException) -> bool:
    """Whether ``error``, raised by a module's code, is that module's failure and nothing more.

    A Ctrl-C and the end of our own task are not: they must go on. ``CancelledError`` counts as the module's own when
    nobody asked this task to end.
    """
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return False
    if isinstance(error, asyncio.CancelledError):
        try:
            task = asyncio.current_task()
        except RuntimeError:  # no event loop: nobody can have asked
            return True
        return task is None or not task.cancelling()
    return True
