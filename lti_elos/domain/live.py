"""The live state of a room: what everybody who watches it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


NEVER_ASKED = Live(LiveState.CLOSED, 0, "", 0, None, None, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What Elos just said about a meeting; None in place of it: no such meeting."""

    internal_id: str
    create_time_ms: int
    participants: int
    started_at: datetime | None
    is_over: bool


def after(before: Live, seen: Seen | None, *, now: datetime) -> Live:
    """The live state once Elos has answered at ``now``.

    A meeting that somebody was in and that is not there any more has ended, also when all had left it before Elos took
    it down; one that nobody ever entered leaves the room closed.
    """
    if seen is None or seen.is_over:
        if before.state in (LiveState.OPEN, LiveState.OPENING):
            ended = LiveState.ENDED if before.opened_at else LiveState.CLOSED
            return Live(ended, 0, before.internal_id, 0, before.opened_at, now, now)
        return Live(before.state, 0, before.internal_id, 0, before.opened_at, before.ended_at, now)
    opened_at = before.opened_at if before.internal_id == seen.internal_id else None
    if seen.participants and opened_at is None:
        opened_at = seen.started_at or now
    state = LiveState.OPEN if seen.participants else LiveState.OPENING
    return Live(state, seen.participants, seen.internal_id, seen.create_time_ms, opened_at, None, now)
