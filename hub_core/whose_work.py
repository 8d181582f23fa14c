"""Whose work runs here: the module of the request, or the one whose lifespan, task or thread this is.

The log, the threads, the metrics and the watch of the event loop all ask it, so it lies below them.
"""

from contextvars import Context, ContextVar
from typing import Final

from hub_hookspecs.host import Call, current_call

CORE: Final = "hub"
"""The name of what is nobody's: the hub's own work."""

_acting: Final[ContextVar[str]] = ContextVar("hub_acting_module", default=CORE)


def context_of(module: str) -> Context:
    """A new context in which ``module`` acts and no request is known."""
    context = Context()
    context.run(_acting.set, module)
    return context


def acting_module() -> str:
    """The module that is called here, or whose task this is; ``hub`` where it is neither's."""
    return _module(current_call.get(None), _acting.get())


def module_in(context: Context) -> str:
    """The same of another context, such as that of a callback or a task; none of it is run."""
    return _module(context.get(current_call), context.get(_acting, CORE))


def _module(call: Call | None, acting: str) -> str:
    return acting if call is None else call.module
