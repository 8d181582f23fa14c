"""The tables of payments."""

from .declarative import Base
from .idempotency_key import IdempotencyKey
from .intent import PaymentIntent
from .movement import Capture, Refund

__all__ = ["Base", "Capture", "IdempotencyKey", "PaymentIntent", "Refund"]
