"""The billing periods of a subscription: they begin on the day it started and follow each other without gap or overlap."""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Interval(StrEnum):
    """How often a plan is billed."""

    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        return 12 if self is Interval.YEAR else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days from ``start`` up to, but without, ``end``."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def period_containing(day: date, *, started_on: date, interval: Interval) -> Period:
    """The period ``day`` lies in. One that starts on a 31st begins on the last day of shorter months.

    :raises ValueError: for a day before ``started_on``.
    """
    if day < started_on:
        raise ValueError(f"{day} is before {started_on}, the first day of the first period")
    months = (day.year - started_on.year) * 12 + day.month - started_on.month
    count = months // interval.months
    if day < _later(started_on, count * interval.months):
        count -= 1
    return Period(
        start=_later(started_on, count * interval.months), end=_later(started_on, (count + 1) * interval.months)
    )


def _later(day: date, months: int) -> date:
    """The same day ``months`` later, counted from the original day so that a 31st comes back after February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
