"""What payments does when it is upgraded, enabled and disabled, in that very transaction."""

from datetime import UTC, datetime, timedelta
from typing import Final

from hub_hookspecs import ChangeRefused
from sqlalchemy import Connection, delete, func, select, text

from .interface import CURRENCY_EXPONENTS, IntentStatus
from .models import IdempotencyKey, PaymentIntent

KEYS_KEPT: Final = timedelta(days=30)


def refuse_unknown_currencies(connection: Connection) -> None:
    """Refuse a release whose list of ISO 4217 has lost a currency that somebody paid in: it could show none of these.

    By the tables' own names: the models are those of the new release, the tables those of the old one.
    """
    used = connection.scalars(text("SELECT DISTINCT currency FROM payments_intent"))
    if lost := sorted(set(used) - CURRENCY_EXPONENTS.keys()):
        raise ChangeRefused(
            f"there are payments in {', '.join(lost)}, which this release does not know any more",
            remedy="Install a release of hub-module-payments that knows them",
        )


def forget_old_keys(connection: Connection, now: datetime | None = None) -> None:
    """Forget idempotency keys of long ago: who was away that long repeats no request."""
    limit = (now or datetime.now(UTC)) - KEYS_KEPT
    connection.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < limit))


def refuse_open_payments(connection: Connection) -> None:
    """Refuse to stop while gateways still owe an answer: nobody would be there to hear it."""
    processing = select(func.count()).where(PaymentIntent.status == IntentStatus.PROCESSING)
    if count := connection.scalar(processing):
        raise ChangeRefused(
            f"{count} {'payment is' if count == 1 else 'payments are'} still with a gateway",
            remedy="Enable payments again, see under /payments that none is processing any more, then disable it",
        )
