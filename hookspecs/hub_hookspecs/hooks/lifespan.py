"""Lifespan: what a module opens when the hub starts serving and closes when it stops."""

from collections.abc import AsyncIterator

from ..markers import hookspec
from ..values import ModuleContext


@hookspec
def hub_lifespan(context: ModuleContext) -> AsyncIterator[None]:
    """Open what the module needs while it serves; ``yield`` once; close it again.

    Called: once per process start, after the module's services were made and before its first request; the part after
        ``yield`` once when the process stops. Both run in one task on the event loop.
    Order: requirements start first and stop last.
    Combined: each module's runs beside the others'; there is no common result.

    :param context: this module's name, settings, sessions and contributions.
    :returns: an async generator that yields once: ``async def`` with ``yield``.
    :raises Exception: before ``yield``, or when the time limit passes: the module is *failed: start*, its routes answer
        503 and all others go on. After ``yield``: logged; the other modules still stop.
    """
