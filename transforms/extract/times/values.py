"""Arithmetic on TIMEX3 values (ISO 8601 as ISO-TimeML extends it)."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from dateutil.easter import easter

from transforms.extract.model import DatePrecision

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T.*)?\Z")
_MONTH = re.compile(r"(\d{4})-(\d\d)(?:-XX)?\Z")
_WEEK = re.compile(r"(\d{4})-W(\d\d)(?:-WE)?\Z")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])\Z")
_HALF = re.compile(r"(\d{4})-H([12])\Z")
_SEASON = re.compile(r"(\d{4})-(SP|SU|FA|WI)\Z")
_YEAR = re.compile(r"(?:FY)?(\d{4})\Z")
_DECADE = re.compile(r"(\d{3})\Z")
_CENTURY = re.compile(r"(\d{2})\Z")
_HOLIDAY = re.compile(r"(?:(\d\d)-(\d\d)|easter|(\d\d):(\d):(\d))([+-]\d+)?\Z")
_SEASON_MONTH = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def week_value(day: date) -> str:
    """The ISO week that holds `day`, as `2008-W14`."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def quarter_value(day: date) -> str:
    """The quarter that holds `day`, as `2008-Q2`."""
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


def add_months(day: date, months: int) -> date:
    """`day` moved by calendar months, clipped to the length of the month it lands in.

    Raises `ValueError` where the year leaves 1..9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year} out of range")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shifted(anchor: date, unit: str, count: int) -> str:
    """The value `count` units from `anchor`, as coarse as the unit is.

    Raises `ValueError` or `OverflowError` where that leaves the calendar.
    """
    if unit == "D" or unit == "N":
        return (anchor + timedelta(days=count)).isoformat() + ("TNI" if unit == "N" else "")
    if unit == "W":
        return week_value(anchor + timedelta(weeks=count))
    if unit == "F":
        return week_value(anchor + timedelta(weeks=2 * count))
    if unit == "WE":
        return week_value(anchor + timedelta(weeks=count)) + "-WE"
    if unit == "MO":
        return add_months(anchor, count).isoformat()[:7]
    if unit == "Q":
        return quarter_value(add_months(anchor, 3 * count))
    if unit == "Y":
        return f"{add_months(anchor, 12 * count).year:04d}"
    if unit == "DE":
        return f"{add_months(anchor, 120 * count).year:04d}"[:3]
    if unit == "CE":
        return f"{add_months(anchor, 1200 * count).year:04d}"[:2]
    raise ValueError(f"no date is counted in {unit}")


def start_of(value: str) -> tuple[date, DatePrecision] | None:
    """The first day of the period a DATE or TIME value names, and how long that period is.

    Seasons and halves have the precision `quarter` at least roughly: nearest of the five there
    are; decades and centuries `year`. `None` for references and values without a year.
    """
    try:
        if found := _DAY.match(value):
            return date(int(found[1]), int(found[2]), int(found[3])), "day"
        if found := _MONTH.match(value):
            return date(int(found[1]), int(found[2]), 1), "month"
        if found := _WEEK.match(value):
            first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            if value.endswith("WE"):
                return first + timedelta(days=5), "week"
            return first, "week"
        if found := _QUARTER.match(value):
            return date(int(found[1]), 3 * int(found[2]) - 2, 1), "quarter"
        if found := _HALF.match(value):
            return date(int(found[1]), 6 * int(found[2]) - 5, 1), "quarter"
        if found := _SEASON.match(value):
            return date(int(found[1]), _SEASON_MONTH[found[2]], 1), "quarter"
        if found := _YEAR.match(value):
            return date(int(found[1]), 1, 1), "year"
        if found := _DECADE.match(value):
            return date(int(found[1]) * 10, 1, 1), "year"
        if found := _CENTURY.match(value):
            return date(int(found[1]) * 100, 1, 1), "year"
    except ValueError:
        return None
    return None


def holiday_in(rule: str, year: int) -> date:
    """The day that a rule of `holidays.csv` gives in a year.

    Raises `ValueError` for a rule that is not written as that file's header says.
    """
    found = _HOLIDAY.match(rule)
    if not found:
        raise ValueError(f"not a holiday rule: {rule}")
    shift = timedelta(days=int(found[6] or 0))
    if rule.startswith("easter"):
        return easter(year) + shift
    if found[1]:
        return date(year, int(found[1]), int(found[2])) + shift
    month, nth, weekday = int(found[3]), int(found[4]), int(found[5]) - 1
    days = [
        day
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
        if date(year, month, day).weekday() == weekday
    ]
    return date(year, month, days[min(nth, len(days)) - 1]) + shift
