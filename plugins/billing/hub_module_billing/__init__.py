"""The module ``billing``: customers, plans, subscriptions and invoices.

The hub wires it from the standard layout. What its hooks need is imported when they are called, so that finding the module
costs nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub_hookspecs import ChangeContext, ModuleContext, hookimpl

from .interface import Invoices


@hookimpl
def hub_services() -> Mapping[type, Callable[[ModuleContext], Any]]:
    from .services.published import InvoicesService  # brings SQLAlchemy

    return {Invoices: InvoicesService}


@hookimpl
def hub_before_install(context: ChangeContext) -> None:
    from .changes import refuse_old_sqlite

    refuse_old_sqlite(context.connection.dialect)


@hookimpl
def hub_after_install(context: ChangeContext) -> None:
    from .changes import continue_numbers

    continue_numbers(context.connection, context.settings)


@hookimpl
def hub_after_upgrade(context: ChangeContext) -> None:
    from .changes import check_invoices

    check_invoices(context.connection)
