"""Acme as a payment gateway of the hub."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

from hub_hookspecs import ModuleContext, hookimpl
from hub_module_payments.interface import Gateway, payments_gateways

from .gateway import AcmeGateway

if log := os.environ.get("HUB_TEST_IMPORT_LOG"):  # shows when this sample module is imported
    with Path(log).open("a") as file:
        file.write(f"{__name__}\n")

_gateway = AcmeGateway()


@payments_gateways.hookimpl
def payments_gateway() -> Gateway:
    return _gateway


@hookimpl
async def hub_lifespan(context: ModuleContext) -> AsyncIterator[None]:
    _gateway.settings = context.settings
    yield
    _gateway.settings = None
