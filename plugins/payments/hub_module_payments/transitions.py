"""The moves an intent may make, as one table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

from .exceptions import TransitionRefused
from .interface import IntentStatus

TRANSITIONS: Final[Mapping[IntentStatus, frozenset[IntentStatus]]] = MappingProxyType(
    {
        IntentStatus.CREATED: frozenset({IntentStatus.PROCESSING, IntentStatus.CANCELLED}),
        IntentStatus.PROCESSING: frozenset({IntentStatus.SUCCEEDED, IntentStatus.FAILED, IntentStatus.CANCELLED}),
        IntentStatus.SUCCEEDED: frozenset(),
        IntentStatus.FAILED: frozenset(),
        IntentStatus.CANCELLED: frozenset(),
    }
)


def moved(intent: UUID, present: IntentStatus, wanted: IntentStatus) -> IntentStatus:
    """The status after the move; :class:`TransitionRefused` when the table has no such move."""
    allowed = TRANSITIONS[present]
    if wanted not in allowed:
        raise TransitionRefused(intent, present, wanted, allowed)
    return wanted
