"""Health: a module's own word on whether it can work."""

from ..markers import hookspec
from ..values import Health, ModuleContext


@hookspec
async def hub_health(context: ModuleContext) -> Health | None:
    """Say whether this module can do its work right now.

    Called: for ``/health/ready`` and ``/health/modules/<name>``, at most once per second, on the event loop, within two
        seconds.
    Order: none; modules are asked concurrently.
    Combined: each module's answer stands in the report; an unhealthy module degrades the hub, it does not take it down.

    :param context: this module's name, settings and sessions.
    :returns: a ``Health``, or ``None`` for healthy.
    :raises Exception: counts as unhealthy, and so does the time limit; the error goes to the log, not to the answer.
    """
