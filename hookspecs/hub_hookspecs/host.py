"""Where the contract finds the hub: it only looks up what the host put into the ASGI scope and a context variable."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from .values import Principal

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

SCOPE_KEY = "hub"


class Call(Protocol):
    """One request, or one piece of background work, of one module; the host implements it."""

    @property
    def module(self) -> str:
        """The name of the module that is being called."""

    @property
    def principal(self) -> Principal:
        """Who is calling; ``ANONYMOUS`` when nobody signed in."""

    @property
    def settings(self) -> Any:
        """The settings of this module, or ``None``."""

    def session(self) -> "AsyncSession":
        """The session of this call, opened when first asked for; the host commits or rolls back."""

    def service(self, protocol: type[T]) -> T:
        """What implements ``protocol``, whichever module offers it."""

    def render(self, template: str, values: dict[str, Any]) -> str:
        """Render a template of this module's ``templates/`` folder."""


class OutsideHub(RuntimeError):
    """Code that needs the hub ran where no hub is serving: a programming error, so no ``Problem``."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was used outside a hub request or task; serve the module with `hub up`, "
            "or use the `hub` fixture of the pytest plugin in its tests"
        )


current_call: ContextVar[Call] = ContextVar("hub_current_call")


def call() -> Call:
    """The call this code runs in; :class:`OutsideHub` when there is none."""
    try:
        return current_call.get()
    except LookupError as error:
        raise OutsideHub("the contract") from error


def service(protocol: type[T]) -> T:
    """Find the service that implements ``protocol``, as offered by a module's ``hub_services``.

    The service runs in the caller's transaction and for the caller's principal. When the module that offers it
    is not running, :class:`ServiceUnavailable` answers the request with 503.
    """
    return call().service(protocol)


def current_session() -> "AsyncSession":
    """The session of the running call, for code that FastAPI does not call, such as a service.

    The hub owns its transaction: add, flush and query, but never commit.
    """
    return call().session()
