"""An intent makes the moves of the table and no other."""

from itertools import product

import pytest
from hub_hookspecs import uuid7
from hub_module_payments.exceptions import TransitionRefused
from hub_module_payments.interface import IntentStatus
from hub_module_payments.transitions import moved

LEGAL = {
    ("created", "processing"),
    ("created", "cancelled"),
    ("processing", "succeeded"),
    ("processing", "failed"),
    ("processing", "cancelled"),
}
PAIRS = [(str(present), str(wanted)) for present, wanted in product(IntentStatus, repeat=2)]


@pytest.mark.parametrize(("present", "wanted"), sorted(LEGAL))
def test_legal_moves_are_made(present: str, wanted: str) -> None:
    assert moved(uuid7(), IntentStatus(present), IntentStatus(wanted)) is IntentStatus(wanted)


@pytest.mark.parametrize(("present", "wanted"), [pair for pair in PAIRS if pair not in LEGAL])
def test_every_other_move_is_refused(present: str, wanted: str) -> None:
    with pytest.raises(TransitionRefused) as caught:
        moved(uuid7(), IntentStatus(present), IntentStatus(wanted))
    assert caught.value.facts == {"present": present, "wanted": wanted}
