"""The live row of a room: asked about by whoever gets the lease, read by everybody else.

However many watch, Elos is asked once in LIVE_REFRESH_S per room, also with several processes: the lease is moved by
compare-and-set. A slow answer does not overwrite what happened since it was asked for (``version``).
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from lti_elos.db.tables import AnyRow, live_rooms
from lti_elos.domain.live import NEVER_ASKED, Live, LiveState, Seen, after
from lti_elos.elos.replies import CreatedMeeting, MeetingInfo
from lti_elos.errors import ElosError
from lti_elos.services.deps import Deps
from lti_elos.services.rooms import Room

log = logging.getLogger(__name__)

_LEASE = timedelta(seconds=15)
"""Longer than one call to Elos may take: who holds it may die, and another asks then."""


def read(deps: Deps, room_id: UUID) -> Live:
    """The live state as last known. Asks nobody."""
    with deps.database.reading() as db:
        return _read(db, room_id)


def fresh(deps: Deps, room: Room) -> Live:
    """The live state, asked about first if it is this caller's turn."""
    with deps.database.reading() as db:
        row = db.execute(select(live_rooms).where(live_rooms.c.room_id == room.id)).one_or_none()
    if row is None:
        return NEVER_ASKED
    if not _is_due(row, deps.clock(), _refresh(deps)):
        return _live(row)
    version = _take_lease(deps, room.id)
    if version is None:
        return read(deps, room.id)
    _ask(deps, room, version)
    return read(deps, room.id)


def opened(deps: Deps, room_id: UUID, meeting: CreatedMeeting) -> None:
    """A moderator's ``create`` succeeded: the room is at least opening."""
    now = deps.clock()
    seen = Seen(meeting.internal_id, meeting.create_time_ms, 0, meeting.created_at, is_over=False)
    with deps.database.transaction() as db:
        before = _read(db, room_id)
        if before.internal_id == seen.internal_id and before.state in (LiveState.OPEN, LiveState.OPENING):
            return
        _write(db, room_id, after(before, seen, now=now), checked_at=before.checked_at)


def ended(deps: Deps, room_id: UUID) -> None:
    """Elos took our ``end``: nobody is let in any more. The next question tells whether it is true."""
    with deps.database.transaction() as db:
        before = _read(db, room_id)
        _write(db, room_id, after(before, None, now=deps.clock()), checked_at=deps.clock())


def _refresh(deps: Deps) -> timedelta:
    return timedelta(seconds=deps.settings.live_refresh_s)


def _is_due(row: AnyRow, now: datetime, refresh: timedelta) -> bool:
    if row.leased_until is not None and row.leased_until > now:
        return False
    return row.checked_at is None or now - row.checked_at >= refresh


def _take_lease(deps: Deps, room_id: UUID) -> int | None:
    now = deps.clock()
    due = (live_rooms.c.checked_at.is_(None)) | (live_rooms.c.checked_at <= now - _refresh(deps))
    free = (live_rooms.c.leased_until.is_(None)) | (live_rooms.c.leased_until <= now)
    with deps.database.transaction() as db:
        version: int | None = db.execute(
            live_rooms.update()
            .where(live_rooms.c.room_id == room_id, due, free)
            .values(leased_until=now + _LEASE)
            .returning(live_rooms.c.version)
        ).scalar_one_or_none()
    return version


def _ask(deps: Deps, room: Room, version: int) -> None:
    try:
        with deps.database.reading() as db:
            client = deps.elos.of_platform(db, room.server_id)
        info = client.meeting_info(room.meeting_id)
    except ElosError as trouble:
        log.warning("live state not learnt", extra={"room_id": str(room.id), "code": trouble.code})
        _note_trouble(deps, room.id, trouble.code, version)
        return
    now = deps.clock()
    with deps.database.transaction() as db:
        row = db.execute(select(live_rooms).where(live_rooms.c.room_id == room.id)).one_or_none()
        if row is None:
            return
        if row.version != version:  # somebody opened or ended the room meanwhile: that is newer
            db.execute(live_rooms.update().where(live_rooms.c.room_id == room.id).values(leased_until=None))
            return
        _write(db, room.id, after(_live(row), _seen(info), now=now), checked_at=now)


def _note_trouble(deps: Deps, room_id: UUID, code: str, version: int) -> None:
    """Keep what was known, say that it is old, and let one refresh pass before the next question.

    Unless somebody opened or ended the room meanwhile: Elos has answered them since.
    """
    with deps.database.transaction() as db:
        db.execute(
            live_rooms.update()
            .where(live_rooms.c.room_id == room_id, live_rooms.c.version == version)
            .values(trouble=code, leased_until=deps.clock() + _refresh(deps))
        )


def _seen(info: MeetingInfo | None) -> Seen | None:
    if info is None:
        return None
    return Seen(
        internal_id=info.internal_id,
        create_time_ms=info.create_time_ms,
        participants=info.participants,
        started_at=info.started_at,
        is_over=info.has_been_forcibly_ended or info.ended_at is not None,
    )


def _read(db: Connection, room_id: UUID) -> Live:
    row = db.execute(select(live_rooms).where(live_rooms.c.room_id == room_id)).one_or_none()
    return NEVER_ASKED if row is None else _live(row)


def _live(row: AnyRow) -> Live:
    return Live(
        state=LiveState(row.state),
        participants=row.participants,
        internal_id=row.internal_id,
        create_time_ms=row.create_time_ms,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        checked_at=row.checked_at,
        trouble=row.trouble,
    )


def _write(db: Connection, room_id: UUID, live: Live, *, checked_at: datetime | None) -> None:
    db.execute(
        live_rooms.update()
        .where(live_rooms.c.room_id == room_id)
        .values(
            state=live.state.value,
            participants=live.participants,
            internal_id=live.internal_id,
            create_time_ms=live.create_time_ms,
            opened_at=live.opened_at,
            ended_at=live.ended_at,
            checked_at=checked_at,
            leased_until=None,
            trouble="",
            version=live_rooms.c.version + 1,
        )
    )
