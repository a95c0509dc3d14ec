"""The history of rooms: their meetings, as our own buttons, Elos's events and our questions tell of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, select

from lti_elos.db.tables import meetings, servers
from lti_elos.db.upserts import insert_if_new
from lti_elos.domain.live import Live
from lti_elos.domain.meetings import Ended


def note(db: Connection, room_id: UUID, internal_id: str, *, server_id: UUID | None, now: datetime) -> UUID:
    """The meeting's id; it is noted where it is not known yet. ``server_id``: None for the default server."""
    query = select(meetings.c.id).where(meetings.c.room_id == room_id, meetings.c.internal_id == internal_id)
    known: UUID | None = db.scalar(query)
    if known is not None:
        return known
    default = select(servers.c.id).where(servers.c.is_default)
    values = {
        "id": uuid4(),
        "room_id": room_id,
        "server_id": server_id or db.scalar(default),
        "internal_id": internal_id,
        "created_at": now,
        "ended": Ended.UNKNOWN.value,
        "people": 0,
        "peak": 0,
    }
    insert_if_new(db, meetings, values, returning=meetings.c.id)
    found: UUID = db.scalars(query).one()
    return found


def opened(db: Connection, room_id: UUID, internal_id: str, *, server_id: UUID | None, by: UUID, now: datetime) -> None:
    """Our page has opened the room: who was first did it."""
    meeting_id = note(db, room_id, internal_id, server_id=server_id, now=now)
    db.execute(
        meetings.update().where(meetings.c.id == meeting_id, meetings.c.opened_by.is_(None)).values(opened_by=by)
    )


def end_asked(db: Connection, room_id: UUID, internal_id: str, *, by: UUID, now: datetime) -> None:
    """Our page has asked Elos to end it for everybody."""
    running = meetings.c.room_id == room_id, meetings.c.internal_id == internal_id, meetings.c.end_asked_at.is_(None)
    db.execute(meetings.update().where(*running).values(end_asked_at=now, ended_by=by))


def seen(db: Connection, room_id: UUID, before: Live, now_live: Live, *, server_id: UUID | None, now: datetime) -> None:
    """A question to Elos has told something new of the room: what events would have told, where none come."""
    if now_live.runs and now_live.internal_id:
        meeting_id = note(db, room_id, now_live.internal_id, server_id=server_id, now=now)
        peak = now_live.participants
        db.execute(
            meetings.update()
            .where(meetings.c.id == meeting_id, meetings.c.told_at.is_(None))
            .values(opened_at=func.coalesce(meetings.c.opened_at, now_live.opened_at))
        )
        db.execute(meetings.update().where(meetings.c.id == meeting_id, meetings.c.peak < peak).values(peak=peak))
    if before.runs and (not now_live.runs or now_live.internal_id != before.internal_id):
        its = meetings.c.room_id == room_id, meetings.c.internal_id == before.internal_id, meetings.c.ended_at.is_(None)
        db.execute(meetings.update().where(*its).values(ended_at=now_live.ended_at or now))
