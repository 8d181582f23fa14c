"""What the HTTP API takes and gives."""

from .intents import IntentCreate, IntentFilter, IntentPage, IntentRead
from .money import LARGEST_MINOR, MoneyRead, MoneyWrite
from .refunds import GatewayList, GatewayRead, RefundCreate, RefundList, RefundRead

__all__ = [
    "LARGEST_MINOR",
    "GatewayList",
    "GatewayRead",
    "IntentCreate",
    "IntentFilter",
    "IntentPage",
    "IntentRead",
    "MoneyRead",
    "MoneyWrite",
    "RefundCreate",
    "RefundList",
    "RefundRead",
]
