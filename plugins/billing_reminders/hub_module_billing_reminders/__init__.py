"""The module ``billing_reminders``: adds a dunning level to billing's invoices, and shows it where billing shows them."""

from collections.abc import Sequence

from hub_hookspecs import ModelExtension, RouteOverride, hookimpl


@hookimpl
def hub_model_extensions() -> Sequence[ModelExtension]:
    from .models import InvoiceReminder

    return [ModelExtension(target="billing.Invoice", model=InvoiceReminder, key="invoice_id")]


@hookimpl
def hub_route_overrides() -> Sequence[RouteOverride]:
    from .overrides import with_dunning
    from .schemas import DunningFields

    return [RouteOverride(route="billing:show_invoice", wrap=with_dunning, adds=DunningFields)]
