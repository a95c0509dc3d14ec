"""What templates of sessions are given (see pages.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_elos.domain.live import Live


@dataclass(frozen=True, slots=True)
class SessionItem:
    """One session of the room: from its opening to its end."""

    id: UUID
    began_at: datetime
    opened_by: str
    """"" when nobody knows."""
    length: timedelta | None
    is_live: bool
    present: int
    """How many are in, while it is live."""
    people: int | None
    """None: not told."""
    peak: int
    ended: str
    """domain/meetings.py ``Ended``; "": it ended, nobody knows how; "unknown": nobody knows whether it has."""
    recorded: bool | None
    has_recording: bool
    """There is one in the list of recordings."""


@dataclass(frozen=True, slots=True)
class Month:
    """``value``: "2026-11"; ``begins_at``: in the page's zone."""

    value: str
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class SessionsPage:
    """The room's sessions, newest first."""

    items: tuple[SessionItem, ...]
    total: int
    query: str
    month: str
    months: tuple[Month, ...]
    """Those to choose from, newest first; () before the first session."""
    older_url: str
    newer_url: str
    live: Live
    join_url: str
    """The way into the running one."""


@dataclass(frozen=True, slots=True)
class SessionPerson:
    """One row of a session's table."""

    name: str
    part: str
    """"moderator", "guest", or "" for who took part."""
    length: timedelta
    share: int | None
    """Of the session, in percent."""
    talk: timedelta
    chats: int
    hands: int
    votes: int


@dataclass(frozen=True, slots=True)
class SessionPoll:
    """What was asked, and how often each option was chosen."""

    question: str
    options: tuple[tuple[str, int], ...]
    others: int
    """Answers in people's own words."""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """One session, for those who manage the room."""

    began_at: datetime
    ended_at: datetime | None
    runs: bool
    length: timedelta | None
    ended: str
    """A value of ``domain.meetings.Ended``."""
    opened_by: str
    """"" when nobody knows, as in ``ended_by``."""
    ended_by: str
    people: int
    peak: int
    recorded: bool | None
    persons: tuple[SessionPerson, ...]
    polls: tuple[SessionPoll, ...]
    is_reported: bool
    is_awaited: bool
    """There is no report, and there may be one soon."""
    csv_url: str
