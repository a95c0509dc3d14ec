"""One session of a room, as its managers read it: what is known of the meeting, and Elos's report of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, live_rooms, meetings, presences, reports, users
from lti_elos.domain.live import LiveState
from lti_elos.domain.meetings import Ended
from lti_elos.domain.stays import Stay, peak_of
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services.deps import Deps

_AWAITED = timedelta(hours=1)
"""How long after the end a report is still spoken of as coming. Most come within the minute."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person whom the LMS launched, with what names there are."""

    user_id: UUID
    name: str = field(repr=False)
    typed_name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presence:
    """What one person did in the session."""

    person: Someone | None
    """None: a guest, or somebody whose data was erased."""
    is_guest: bool
    guest_name: str = field(repr=False)
    number: str = field(repr=False)
    """The institution's, such as a student number; "" where the LMS sends none."""
    moderates: bool
    stays: tuple[Stay, ...]
    length: timedelta
    share: int | None
    """Of the whole session, in percent; None where its length is not known."""
    talk: timedelta
    talks: int
    chats: int
    hands: int
    emojis: int
    votes: int


@dataclass(frozen=True, slots=True)
class Poll:
    """A question, and how often each option was chosen. ``others``: answers that are no option."""

    question: str
    options: tuple[tuple[str, int], ...]
    others: int


@dataclass(frozen=True, slots=True)
class Report:
    """What Elos reported."""

    presences: tuple[Presence, ...]
    polls: tuple[Poll, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the room."""

    id: UUID
    began_at: datetime
    """When the first person came in; where nobody did, when it was made."""
    ended_at: datetime | None
    runs: bool
    length: timedelta | None
    ended: Ended
    opened_by: Someone | None
    ended_by: Someone | None
    people: int
    peak: int
    recorded: bool | None
    report: Report | None
    is_awaited: bool
    """There is no report, and there may well be one soon."""


def find(deps: Deps, viewer: Viewer, meeting_id: UUID) -> Session:
    """A session of the viewer's room. Raises NotFound for any other."""
    opener, ender = users.alias("opener"), users.alias("ender")
    query = (
        select(
            meetings,
            reports.c.received_at.label("reported_at"),
            reports.c.length_s,
            reports.c.polls,
            live_rooms.c.internal_id.label("live_id"),
            live_rooms.c.state.label("live_state"),
            *(who.c[column].label(f"{who.name}_{column}") for who in (opener, ender) for column in _NAMES),
        )
        .select_from(
            meetings.outerjoin(reports, reports.c.meeting_id == meetings.c.id)
            .outerjoin(live_rooms, live_rooms.c.room_id == meetings.c.room_id)
            .outerjoin(opener, opener.c.id == meetings.c.opened_by)
            .outerjoin(ender, ender.c.id == meetings.c.ended_by)
        )
        .where(meetings.c.id == meeting_id, meetings.c.room_id == viewer.room_id)
    )
    with deps.database.reading() as db:
        row = db.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such session in this room")
        report = _report(db, row) if row.reported_at is not None else None
    began_at = row.opened_at or row.created_at
    return Session(
        id=row.id,
        began_at=began_at,
        ended_at=row.ended_at,
        runs=_runs(row),
        length=max(row.ended_at - began_at, timedelta(0)) if row.ended_at else None,
        ended=Ended(row.ended),
        opened_by=_someone(row, "opener_"),
        ended_by=_someone(row, "ender_"),
        people=row.people,
        peak=row.peak,
        recorded=row.recorded,
        report=report,
        is_awaited=report is None
        and row.ended != Ended.UNUSED.value
        and (row.ended_at is None or deps.clock() - row.ended_at < _AWAITED),
    )


def peak_in(db: Connection, meeting_id: UUID) -> int:
    """How many people were in at once, at most, as the meeting's report has it; 0 where there is none."""
    stays = db.scalars(select(presences.c.stays).where(presences.c.meeting_id == meeting_id))
    return peak_of(map(_stays, stays))


_NAMES = ("id", "name", "typed_name")


def _runs(row: AnyRow) -> bool:
    is_live = row.live_id == row.internal_id and row.live_state in (LiveState.OPENING, LiveState.OPEN)
    return row.ended_at is None and is_live


def _someone(row: Any, prefix: str) -> Someone | None:
    user_id, name, typed_name = (getattr(row, f"{prefix}{column}") for column in _NAMES)
    return Someone(user_id, name, typed_name) if user_id is not None else None


def _report(db: Connection, meeting: AnyRow) -> Report:
    query = (
        select(presences, users.c.number, *(users.c[column].label(f"of_{column}") for column in _NAMES))
        .outerjoin(users, users.c.id == presences.c.user_id)
        .where(presences.c.meeting_id == meeting.id)
        .order_by(presences.c.place)
    )
    polls = (
        Poll(one["question"], tuple((text, votes) for text, votes in one["options"]), one["others"])
        for one in meeting.polls
    )
    return Report(tuple(_presence(row, meeting.length_s) for row in db.execute(query)), tuple(polls))


def _presence(row: AnyRow, whole_s: int) -> Presence:
    return Presence(
        person=_someone(row, "of_"),
        is_guest=row.is_guest,
        guest_name=row.name,
        number=row.number or "",
        moderates=row.moderates,
        stays=_stays(row.stays),
        length=timedelta(seconds=row.length_s),
        share=min(100, round(100 * row.length_s / whole_s)) if whole_s else None,
        talk=timedelta(seconds=row.talk_s),
        talks=row.talks,
        chats=row.chats,
        hands=row.hands,
        emojis=row.emojis,
        votes=row.votes,
    )


def _stays(kept: Iterable[tuple[int, int]]) -> tuple[Stay, ...]:
    return tuple((_moment(since), _moment(until)) for since, until in kept)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
