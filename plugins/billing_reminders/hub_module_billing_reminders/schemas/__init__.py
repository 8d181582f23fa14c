"""What the HTTP API gives, and what is added to billing's."""

from .dunning import Dunning, DunningFields, RemindedInvoice

__all__ = ["Dunning", "DunningFields", "RemindedInvoice"]
