"""The setting of notes, and the full text of its refusal."""

import pytest
from hub_module_notes.config import Settings
from hub_module_notes.exceptions import TextTooLong
from hub_module_notes.services.notes import check_length
from pydantic import ValidationError


def test_a_text_may_have_exactly_the_length_the_settings_allow() -> None:
    check_length("abc", Settings(max_length=3))
    with pytest.raises(TextTooLong) as caught:
        check_length("abcd", Settings(max_length=3))
    assert caught.value.detail == (
        "the text has 4 characters, and a note may have 3; shorten it, or raise max_length in the settings of notes"
    )


@pytest.mark.parametrize("settings", [{"max_length": 0}, {"max_lenght": 100}, {"max_length": "many"}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(settings)
