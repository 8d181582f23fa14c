"""The hook specifications, one file per moment of a module's life. Register this package with a plugin manager."""

from .health import hub_health
from .lifecycle import (
    hub_after_install,
    hub_after_upgrade,
    hub_before_install,
    hub_before_upgrade,
    hub_disabled,
    hub_enabled,
)
from .lifespan import hub_lifespan
from .wiring import (
    hub_extension_points,
    hub_migrations,
    hub_model_extensions,
    hub_models,
    hub_pages,
    hub_route_overrides,
    hub_routes,
    hub_services,
    hub_settings,
)

__all__ = [
    "hub_after_install",
    "hub_after_upgrade",
    "hub_before_install",
    "hub_before_upgrade",
    "hub_disabled",
    "hub_enabled",
    "hub_extension_points",
    "hub_health",
    "hub_lifespan",
    "hub_migrations",
    "hub_model_extensions",
    "hub_models",
    "hub_pages",
    "hub_route_overrides",
    "hub_routes",
    "hub_services",
    "hub_settings",
]
