"""The table of billing_reminders."""

from .declarative import Base
from .invoice_reminder import InvoiceReminder

__all__ = ["Base", "InvoiceReminder"]
