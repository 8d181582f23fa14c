"""Services: what modules offer one another, found by the Protocol they implement."""

from .service_registry import ServiceRegistry, ServiceTaken

__all__ = ["ServiceRegistry", "ServiceTaken"]
