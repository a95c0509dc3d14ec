"""Stretches of time that a list can be narrowed to, by the calendar of the page's zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lti_elos.web.languages import choose_zone
from lti_elos.web.recording_pages import Period

_LATELY = "30d"
_PERIOD = re.compile(r"30d|20\d\d(?:-(?:0[1-9]|1[0-2]|h[12]))?")
_MONTHS, _HALVES, _YEARS = 12, 2, 6


def known(text: str) -> str:
    """A period as addresses have it: 30d, 2026, 2026-h2, 2026-11; "" for anything else."""
    return text if _PERIOD.fullmatch(text) else ""


def bounds(value: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when, and until when; both None for ""."""
    if not value:
        return None, None
    if value == _LATELY:
        today = now.astimezone(ZoneInfo(choose_zone())).date() - timedelta(days=30)
        return _begin(today.year, today.month, today.day), None
    year, _, part = value.partition("-")
    if not part:
        return _begin(int(year), 1), _begin(int(year) + 1, 1)
    if part.startswith("h"):
        return _begin(int(year), 1 if part == "h1" else 7), _begin(int(year) + (part == "h2"), 7 if part == "h1" else 1)
    return month_begins(value), month_begins(next_month(value))


def month_begins(month: str) -> datetime:
    """When "2026-11" begins in the page's zone."""
    year, number = map(int, month.split("-"))
    return _begin(year, number)


def next_month(month: str) -> str:
    """ "2027-01" after "2026-12"."""
    year, number = map(int, month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}"


def offered(chosen: str, now: datetime) -> tuple[Period, ...]:
    """Those to choose from, the latest first in each kind, and the one that is chosen."""
    here = now.astimezone(ZoneInfo(choose_zone()))
    months = [here.year * 12 + here.month - 1 - ago for ago in range(_MONTHS)]
    halves = [here.year * 2 + (here.month > 6) - ago for ago in range(_HALVES)]
    values = [
        _LATELY,
        *(f"{one // 2}-h{one % 2 + 1}" for one in halves),
        *(f"{one // 12}-{one % 12 + 1:02}" for one in months),
        *(f"{here.year - ago}" for ago in range(_YEARS)),
    ]
    if chosen and chosen not in values:
        values.insert(0, chosen)
    return tuple(_period(one, now) for one in values)


def _period(value: str, now: datetime) -> Period:
    kind = "lately" if value == _LATELY else "half" if "h" in value else "month" if "-" in value else "year"
    begins_at, _ = bounds(value, now)
    return Period(value, kind, begins_at or now)


def _begin(year: int, month: int, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=ZoneInfo(choose_zone())).astimezone(UTC)
