"""Call a gateway, which is another module's code: whatever it does becomes a usable answer or one clear problem."""

import logging
from collections.abc import Awaitable
from dataclasses import replace
from typing import Final

from hub_hookspecs import Problem

from ..exceptions import GatewayFailed
from ..interface import Gateway, GatewayAnswer, IntentStatus

logger = logging.getLogger(__name__)

MOVED: Final = frozenset({IntentStatus.PROCESSING, IntentStatus.SUCCEEDED, IntentStatus.FAILED})
"""What a gateway may answer when asked to take or return money."""


async def asked(gateway: Gateway, call: Awaitable[GatewayAnswer], *, cancelling: bool = False) -> GatewayAnswer:
    """The gateway's answer. A :class:`Problem` it raises passes; anything else becomes :class:`GatewayFailed`."""
    try:
        answer = await call
    except Problem:
        raise
    except Exception as error:
        logger.exception("payment gateway %s raised", gateway.name)
        raise GatewayFailed(gateway.name) from error
    if not is_usable(answer, cancelling=cancelling):
        logger.error("payment gateway %s answered %r", gateway.name, answer)
        raise GatewayFailed(gateway.name)
    return replace(answer, failure=answer.failure[:500] if answer.failure else None)


def is_usable(answer: object, *, cancelling: bool = False) -> bool:
    """Whether an answer has the form that the interface asks for."""
    if not isinstance(answer, GatewayAnswer) or not isinstance(answer.status, IntentStatus):
        return False
    if not cancelling and answer.status not in MOVED:
        return False
    return 0 < len(answer.transaction) <= 255
