"""The one setting of billing_reminders."""

import pytest
from hub_module_billing_reminders.config import Settings
from pydantic import ValidationError


def test_three_reminders_are_the_most_unless_said_otherwise() -> None:
    assert Settings().model_dump() == {"highest_level": 3}


@pytest.mark.parametrize("settings", [{"highest_level": 0}, {"highest_level": 10}, {"highest": 3}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)
