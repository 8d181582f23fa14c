"""The core's own routes, one router per file; guarded and copied like those of modules."""

from . import documentation, health, home, hub_backups, metrics, module_operations, modules, operations, sign_in, static

ROUTERS = (
    home.router,
    sign_in.router,
    health.router,
    metrics.router,
    modules.router,
    module_operations.router,
    operations.router,
    hub_backups.router,
    documentation.router,
    static.router,
)

__all__ = ["ROUTERS"]
