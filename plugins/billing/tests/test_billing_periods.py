"""The periods of subscriptions."""

from datetime import date, timedelta

import pytest
from hub_module_billing.periods import Interval, Period, period_containing
from hypothesis import given
from hypothesis import strategies as st

starts = st.dates(date(1970, 1, 1), date(2400, 1, 1))
intervals = st.sampled_from(Interval)


@pytest.mark.parametrize(
    ("started_on", "interval", "day", "start", "end"),
    [
        ("2026-11-01", "month", "2026-11-01", "2026-11-01", "2026-12-01"),
        ("2026-11-15", "month", "2027-01-14", "2026-12-15", "2027-01-15"),
        ("2026-01-31", "month", "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-01-31", "month", "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2024-02-29", "year", "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", "year", "2028-02-28", "2027-02-28", "2028-02-29"),
        ("2026-11-15", "year", "2027-11-14", "2026-11-15", "2027-11-15"),
    ],
)
def test_a_day_lies_in_the_period_counted_from_the_first_day(
    started_on: str, interval: str, day: str, start: str, end: str
) -> None:
    found = period_containing(
        date.fromisoformat(day), started_on=date.fromisoformat(started_on), interval=Interval(interval)
    )
    assert found == Period(start=date.fromisoformat(start), end=date.fromisoformat(end))


def test_no_period_comes_before_the_first_day() -> None:
    with pytest.raises(ValueError, match="2026-10-31 is before 2026-11-01, the first day of the first period"):
        period_containing(date(2026, 10, 31), started_on=date(2026, 11, 1), interval=Interval.MONTH)


@given(starts, intervals, st.integers(0, 20_000))
def test_every_day_lies_in_one_period_that_all_its_days_agree_on(
    started_on: date, interval: Interval, days: int
) -> None:
    day = started_on + timedelta(days=days)
    period = period_containing(day, started_on=started_on, interval=interval)
    assert day in period
    for other in (period.start, period.end - timedelta(days=1)):
        assert period_containing(other, started_on=started_on, interval=interval) == period


@given(starts, intervals, st.integers(0, 20_000))
def test_the_next_period_begins_where_one_ends(started_on: date, interval: Interval, days: int) -> None:
    period = period_containing(started_on + timedelta(days=days), started_on=started_on, interval=interval)
    following = period_containing(period.end, started_on=started_on, interval=interval)
    assert following.start == period.end
    assert period.end not in period
