"""Texts of versions and ranges come from strangers: what packaging trips over is refused in short time."""

import pytest

from hub_core.manifest import TextInvalid, range_text, read_range, read_requirement, read_version


@pytest.mark.parametrize("text", ["1.0", "2!1.0", "1.0+local", "1.0rc1", "9" * 900])
def test_a_version_of_pep_440_is_read(text: str) -> None:
    assert str(read_version(text)) == text


@pytest.mark.parametrize("text", ["", "x", "9" * 5000, "1.\u0661", "1.0-custom-build"])
def test_another_version_is_refused(text: str) -> None:
    with pytest.raises(TextInvalid, match="is not a version"):
        read_version(text)


@pytest.mark.parametrize("text", ["about 1", ">=1;<2", "~=1.2.3prev\u0131ew1", ",".join(["!=1"] * 20_000)])
def test_another_range_is_refused(text: str) -> None:
    with pytest.raises(TextInvalid, match="is not a version range"):
        read_range(text)


def test_a_requirement_that_is_none_is_refused_in_a_short_sentence() -> None:
    with pytest.raises(TextInvalid) as raised:
        read_requirement("x" * 5000)
    assert len(str(raised.value)) < 200


def test_a_range_is_written_lower_bound_first() -> None:
    assert range_text(read_range("<2,!=1.5,>=1")) == ">=1,!=1.5,<2"


def test_the_password_of_a_url_is_not_quoted_even_where_the_text_is_cut() -> None:
    for text in ("no name @ https://me:s3cret@host/x.whl", f"no name @ https://me:{'s3cret' * 20}@host/x.whl"):
        with pytest.raises(TextInvalid) as raised:
            read_requirement(text)
        assert str(raised.value).startswith("'no name @ https://me:***@host")
