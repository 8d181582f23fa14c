"""The services of one generation, each under the Protocol of its module's interface."""

from typing import Any, TypeVar

from hub_hookspecs import ServiceUnavailable

from ..errors import HubError

T = TypeVar("T")


class ServiceTaken(HubError):
    """Two modules offer the same Protocol; the first in load order keeps it."""

    code = "service_taken"

    def __init__(self, protocol: type, first: str, second: str) -> None:
        super().__init__(
            f"{second} offers {protocol.__module__}.{protocol.__qualname__}, which {first} offers already",
            remedy=f"Disable {first} or {second}",
        )


class ServiceRegistry:
    """Services by Protocol, with the module each belongs to."""

    def __init__(self) -> None:
        self._services: dict[type, tuple[str, Any]] = {}

    def offer(self, module: str, protocol: type, service: Any) -> None:
        """Register ``service``.

        :raises ServiceTaken: when another module was first.
        """
        if protocol in self._services:
            raise ServiceTaken(protocol, self._services[protocol][0], module)
        self._services[protocol] = module, service

    def withdraw(self, module: str) -> None:
        """Forget what a module offered, because it did not start."""
        self._services = {key: entry for key, entry in self._services.items() if entry[0] != module}

    def find(self, protocol: type[T]) -> T:
        """Find what implements ``protocol``.

        :raises ServiceUnavailable: the request is answered with 503.
        """
        try:
            found: T = self._services[protocol][1]
        except KeyError:
            raise ServiceUnavailable(f"no running module offers {protocol.__name__}") from None
        return found
