"""The history of rooms: their meetings, as our own buttons, Elos's events and our questions tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, and_, case, func, literal, select

from lti_elos.db.tables import deployments, meeting_metadata, meetings, rooms, servers
from lti_elos.db.upserts import insert_if_new, insert_into
from lti_elos.domain.live import WATCHFUL, Live
from lti_elos.domain.meetings import Ended


def note(db: Connection, room_id: UUID, internal_id: str, *, server_id: UUID | None, now: datetime) -> UUID:
    """The meeting's id; it is noted where it is not known yet. ``server_id``: None for the default server."""
    query = select(meetings.c.id).where(meetings.c.room_id == room_id, meetings.c.internal_id == internal_id)
    known: UUID | None = db.scalar(query)
    if known is not None:
        return known
    default = select(servers.c.id).where(servers.c.is_default)
    platform = select(deployments.c.platform_id).join(rooms, rooms.c.deployment_id == deployments.c.id)
    values = {
        "id": uuid4(),
        "room_id": room_id,
        "platform_id": platform.where(rooms.c.id == room_id).scalar_subquery(),
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


def opened(
    db: Connection,
    room_id: UUID,
    internal_id: str,
    *,
    server_id: UUID | None,
    by: UUID,
    metadata: Mapping[str, str],
    now: datetime,
) -> None:
    """Our page has opened the room: who was first did it, and what it told of the meeting is what Elos keeps."""
    meeting_id = note(db, room_id, internal_id, server_id=server_id, now=now)
    first = meetings.update().where(meetings.c.id == meeting_id, meetings.c.opened_by.is_(None)).values(opened_by=by)
    row = db.execute(first.returning(meetings.c.platform_id, meetings.c.created_at)).one_or_none()
    if row is None or not metadata:
        return
    shared = {"meeting_id": meeting_id, "platform_id": row.platform_id, "created_at": row.created_at}
    told = [shared | {"name": name, "value": value} for name, value in metadata.items()]
    db.execute(insert_into(db.dialect.name, meeting_metadata).on_conflict_do_nothing(), told)


def end_asked(db: Connection, room_id: UUID, internal_id: str, *, by: UUID, now: datetime) -> None:
    """Our page has asked Elos to end it for everybody: so it has ended, until a question or an event knows better."""
    running = meetings.c.room_id == room_id, meetings.c.internal_id == internal_id, meetings.c.end_asked_at.is_(None)
    by_button = case((meetings.c.ended_at.is_(None), Ended.BUTTON.value), else_=meetings.c.ended)
    db.execute(
        meetings.update()
        .where(*running)
        .values(end_asked_at=now, ended_by=by, ended_at=func.coalesce(meetings.c.ended_at, now), ended=by_button)
    )


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
        goes_on = meetings.c.id == meeting_id, meetings.c.ended_at.is_not(None)
        db.execute(meetings.update().where(*goes_on).values(ended_at=None, ended=Ended.UNKNOWN.value))
    if before.runs and (not now_live.runs or now_live.internal_id != before.internal_id):
        was_watched = before.checked_at is not None and now - before.checked_at < WATCHFUL
        ended_at = now_live.ended_at or (now if was_watched else None)  # else nobody knows when
        its = meetings.c.room_id == room_id, meetings.c.internal_id == before.internal_id, meetings.c.ended_at.is_(None)
        db.execute(meetings.update().where(*its).values(ended_at=ended_at))


def reported(
    db: Connection,
    meeting_id: UUID,
    *,
    opened_at: datetime | None,
    ended_at: datetime,
    people: int,
    peak: int,
    recorded: bool | None,
) -> None:
    """Elos's report of the whole meeting is there: it tells what neither events nor questions have told."""
    its = meetings.c
    by_button = and_(its.ended == Ended.UNKNOWN.value, its.end_asked_at.is_not(None))
    db.execute(
        meetings.update()
        .where(its.id == meeting_id)
        .values(
            opened_at=func.coalesce(its.opened_at, literal(opened_at, its.opened_at.type)),
            ended_at=func.coalesce(its.ended_at, literal(ended_at, its.ended_at.type)),
            ended=case((by_button, Ended.BUTTON.value), else_=its.ended),
            people=case((its.people < people, people), else_=its.people),
            peak=case((its.peak < peak, peak), else_=its.peak),
            recorded=func.coalesce(its.recorded, literal(recorded, its.recorded.type)),
        )
    )
