"""Payments: intents, captures and refunds of money, through the gateways that modules offer.

Importing this must stay cheap, as it comes with every import of ``interface``: no FastAPI, no SQLAlchemy.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from hub_hookspecs import ChangeContext, Health, HealthStatus, ModuleContext, hookimpl

from .interface import Gateway, Payments, PaymentsGateways, payments_gateways
from .services.gateways import collected, running, serving
from .services.manual import ManualGateway


@hookimpl
def hub_extension_points() -> Mapping[str, type]:
    return {payments_gateways.name: PaymentsGateways}


@payments_gateways.hookimpl
def payments_gateway() -> Gateway:
    return ManualGateway()


@hookimpl
def hub_services() -> Mapping[type, Callable[[ModuleContext], Any]]:
    from .services.payments import PaymentsService  # brings SQLAlchemy

    return {Payments: PaymentsService}


@hookimpl
def hub_before_upgrade(context: ChangeContext) -> None:
    from .changes import refuse_unknown_currencies

    refuse_unknown_currencies(context.connection)


@hookimpl
def hub_enabled(context: ChangeContext) -> None:
    from .changes import forget_old_keys

    forget_old_keys(context.connection)


@hookimpl
def hub_disabled(context: ChangeContext) -> None:
    from .changes import refuse_open_payments

    refuse_open_payments(context.connection)


@hookimpl
async def hub_lifespan(context: ModuleContext) -> AsyncIterator[None]:
    with serving(collected(context.contributions(payments_gateways.name, "payments_gateway"))):
        yield


@hookimpl
async def hub_health(context: ModuleContext) -> Health | None:
    default, gateways = context.settings.default_gateway, running()
    if default in gateways:
        return None
    return Health(
        status=HealthStatus.DEGRADED,
        detail=f"the default gateway {default!r} is not here; here are: {', '.join(sorted(gateways)) or 'none'}",
    )
