"""A module that uses what is inside another; of these imports only that of the interface is as it should be."""

from hub_module_payments import interface, transitions
from hub_module_payments.models import PaymentIntent

__all__ = ["PaymentIntent", "interface", "transitions"]
