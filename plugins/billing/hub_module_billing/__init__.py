"""The module ``billing``: customers, plans, subscriptions and invoices.

The hub wires it from the standard layout. What its hooks need is imported when they are called, so that finding the module
costs nothing.
"""

from hub_hookspecs import ChangeContext, hookimpl


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
