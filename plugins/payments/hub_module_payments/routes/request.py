"""What every route of payments asks its request for."""

from typing import Annotated

from fastapi import Depends, Header, Response
from hub_hookspecs.web import Session, module_settings

from ..config import Settings
from ..services.cashier import Cashier
from ..services.gateways import running
from ..services.idempotency import AnswerT, Recorded

PaymentsSettings = Annotated[Settings, Depends(module_settings)]

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="A text of your own, new for each thing you want done. Repeat a request with the same key and the same "
        "content as often as you like: it is done once and answered alike, then with `Idempotency-Replayed: true`.",
    ),
]


async def _cashier(session: Session, settings: PaymentsSettings) -> Cashier:
    return Cashier(session, settings, running())


CashierOfRequest = Annotated[Cashier, Depends(_cashier)]


def answered(recorded: Recorded[AnswerT], response: Response) -> AnswerT:
    """The answer; a replayed one says so in a header."""
    if recorded.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return recorded.answer
