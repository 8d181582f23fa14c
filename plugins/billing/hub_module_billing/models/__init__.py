"""The tables of billing."""

from .base import Base
from .customer import Customer
from .invoice import Invoice, InvoiceLine, InvoiceStatus, InvoiceTax
from .invoice_payment import InvoicePayment
from .number_series import NumberSeries
from .subscription import Plan, Subscription

__all__ = [
    "Base",
    "Customer",
    "Invoice",
    "InvoiceLine",
    "InvoicePayment",
    "InvoiceStatus",
    "InvoiceTax",
    "NumberSeries",
    "Plan",
    "Subscription",
]
