"""The live state of a room: what everybody who watches it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class LiveState(StrEnum):
    """closed → opening (created, nobody in) → open (at least one in) → ended → closed or open again."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Live:
    """A room's live row, as read."""

    state: LiveState
    participants: int
    internal_id: str
    create_time_ms: int
    opened_at: datetime | None
    """Since when somebody is, or was, in the last meeting; None while nobody entered it."""
    ended_at: datetime | None
    checked_at: datetime | None
    """When Elos last answered about it; None: never asked."""
    trouble: str = ""
    """The code of the error that the last question met, "" when it was answered."""

    @property
    def is_open(self) -> bool:
        return self.state is LiveState.OPEN

    @property
    def runs(self) -> bool:
        """Elos has the meeting: somebody is in it, or may come in."""
        return self.state in (LiveState.OPENING, LiveState.OPEN)


NEVER_ASKED = Live(LiveState.CLOSED, 0, "", 0, None, None, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What Elos just said about a meeting; None in place of it: no such meeting."""

    internal_id: str
    create_time_ms: int
    participants: int
    started_at: datetime | None
    is_over: bool


_ENDING = timedelta(seconds=15)
"""Elos takes some seconds to end a meeting (elos-api 3.6): what it says of it meanwhile is old."""
WATCHFUL = timedelta(minutes=5)
"""A room that was not looked at for longer has ended at a time that nobody knows."""


def after(before: Live, seen: Seen | None, *, now: datetime) -> Live:
    """The live state once Elos has answered at ``now``.

    A meeting that somebody was in and that is not there any more has ended, also when all had left it before Elos took
    it down; one that nobody ever entered leaves the room closed.
    """
    if seen is None or seen.is_over:
        if before.runs:
            ended = LiveState.ENDED if before.opened_at else LiveState.CLOSED
            was_watched = before.checked_at is not None and now - before.checked_at < WATCHFUL
            ended_at = now if was_watched else None
            return Live(ended, 0, before.internal_id, 0, before.opened_at, ended_at, now)
        return Live(before.state, 0, before.internal_id, 0, before.opened_at, before.ended_at, now)
    is_same = before.internal_id == seen.internal_id
    if is_same and before.state is LiveState.ENDED and before.ended_at and now - before.ended_at < _ENDING:
        return replace(before, checked_at=now, trouble="")
    opened_at = before.opened_at if is_same else None
    if seen.participants and opened_at is None:
        opened_at = seen.started_at or now
    state = LiveState.OPEN if seen.participants else LiveState.OPENING
    return Live(state, seen.participants, seen.internal_id, seen.create_time_ms, opened_at, None, now)


_QUICKEST_S, _SLOWEST_S = 3.0, 20.0
_ANSWERS_A_SECOND = 300


def pace_s(*, refresh_s: float, crowd: int) -> float:
    """How long a page that follows a room should wait between two questions to us, before jitter, in seconds.

    Grows with the crowd, so that any number of pages together ask some 300 times a second; and so that the joins of a
    crowd spread out, since each comes when its page learns that the room is open.
    """
    quickest = min(_QUICKEST_S, max(0.5, 0.7 * refresh_s))
    return min(_SLOWEST_S, max(quickest, crowd / _ANSWERS_A_SECOND))
