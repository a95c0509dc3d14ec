"""A meeting, told by its events: the same whatever their order, and however often each has come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

CREATED, ENDED, JOINED, LEFT = "meeting-created", "meeting-ended", "user-joined", "user-left"
ARCHIVED = "rap-archive-ended"


class Ended(StrEnum):
    """How a meeting came to its end; "" while it runs, or when nobody knows."""

    UNKNOWN = ""
    BUTTON = "button"
    """Ended for everybody from our page."""
    ROOM = "room"
    """Ended for everybody inside the meeting."""
    # There is no "idle" (Elos ends a meeting where nothing happened for an hour, with people in it): the end gives no
    # reason, and speech, slides and screens are no events. A lecture that its teacher ended looks the same, so an end
    # after so long a silence stays UNKNOWN.
    EMPTY = "empty"
    """The last one had left it."""
    LIMIT = "limit"
    """Its time was over."""
    UNUSED = "unused"
    """Nobody ever came in."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the meeting. ``who``: the person's id in it; ``person``: the id that the join sent, if any."""

    name: str
    at: datetime
    who: str = ""
    person: str = ""
    create_time_ms: int = 0
    duration_min: int = 0
    recorded: bool | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What a meeting's events come to."""

    created_at: datetime | None
    create_time_ms: int
    opened_at: datetime | None
    """When the first person came in."""
    ended_at: datetime | None
    ended: Ended
    present: int
    """How many are in now; devices count one each."""
    peak: int
    people: int
    """How many different people were in, ever."""
    recorded: bool | None
    """Whether somebody recorded; None: not told yet."""


_MADE_AT = re.compile(r"-(\d{13})$")
_IDLE = timedelta(minutes=60)
"""After so long without anything happening Elos ends a meeting."""
_TOGETHER = timedelta(seconds=10)
"""At the end of a meeting everybody in it is told to have left, before or after the end itself."""


def create_time_of(internal_id: str) -> int:
    """When the meeting was created, in ms: the end of BigBlueButton's internal ids; 0 for others."""
    found = _MADE_AT.search(internal_id)
    return int(found[1]) if found else 0


def course_of(events: Iterable[Happened], *, internal_id: str, end_asked: bool) -> Course:
    """:param end_asked: whether our page has asked Elos to end it."""
    told = sorted(events, key=lambda one: (one.at, one.name == LEFT, one.name, one.who))
    create_time_ms = max((one.create_time_ms for one in told), default=0) or create_time_of(internal_id)
    joins = [one for one in told if one.name == JOINED]
    ends = [one.at for one in told if one.name == ENDED]
    ended_at = min(ends, default=None)
    present, peak, emptied_at = _presence(told)
    opened_at = joins[0].at if joins else None
    limit = max((one.duration_min for one in told), default=0)
    is_silent = ended_at is not None and all(
        one.at <= ended_at - _IDLE for one in told if not _is_of_end(one, ended_at)
    )
    return Course(
        created_at=datetime.fromtimestamp(create_time_ms / 1000, UTC) if create_time_ms else None,
        create_time_ms=create_time_ms,
        opened_at=opened_at,
        ended_at=ended_at,
        ended=_how(ended_at, opened_at, emptied_at, create_time_ms, limit, end_asked=end_asked, is_silent=is_silent),
        present=0 if ended_at else present,
        peak=peak,
        people=len({one.person or one.who for one in joins}),
        recorded=next((one.recorded for one in told if one.name == ARCHIVED and one.recorded is not None), None),
    )


def _is_of_end(one: Happened, ended_at: datetime) -> bool:
    """The end itself, all that come out at it, and what happens to its recording afterwards."""
    return one.name == ENDED or one.at > ended_at or (one.name == LEFT and ended_at - one.at <= _TOGETHER)


def _presence(told: list[Happened]) -> tuple[int, int, datetime | None]:
    """How many are in, how many were at most, and since when nobody is."""
    inside: set[str] = set()
    peak, emptied_at = 0, None
    for one in told:
        if one.name == JOINED:
            inside.add(one.who)
            emptied_at = None
        elif one.name == LEFT and one.who in inside:
            inside.discard(one.who)
            emptied_at = one.at if not inside else None
        peak = max(peak, len(inside))
    return len(inside), peak, emptied_at


def _how(
    ended_at: datetime | None,
    opened_at: datetime | None,
    emptied_at: datetime | None,
    create_time_ms: int,
    limit_min: int,
    *,
    end_asked: bool,
    is_silent: bool,
) -> Ended:
    if ended_at is None:
        return Ended.UNKNOWN
    if end_asked:
        return Ended.BUTTON
    if opened_at is None:
        return Ended.UNUSED
    if limit_min and create_time_ms and ended_at.timestamp() * 1000 >= create_time_ms + limit_min * 60_000:
        return Ended.LIMIT
    if emptied_at is not None and ended_at - emptied_at > _TOGETHER:
        return Ended.EMPTY
    return Ended.UNKNOWN if is_silent else Ended.ROOM
