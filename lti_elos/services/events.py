"""What a meeting's events come to: in its row of the history, and in the room's live row.

Worked out from all of them each time (domain/meetings.py), in a job: so it does not matter in which order they came,
how often, or who was killed meanwhile.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, case, select

from lti_elos.db.tables import AnyRow, events, live_rooms, meetings
from lti_elos.domain.live import LiveState, Seen, after
from lti_elos.domain.meetings import Course, Happened, course_of, create_time_of
from lti_elos.services import live, reports
from lti_elos.services.deps import Deps
from lti_elos.services.jobs import INBOX, Effect, Job

KIND = INBOX
"""The job's; its key is the meeting's id."""


def work_out(deps: Deps, job: Job) -> Effect | None:
    """The job: what the meeting's events come to, in its row and in the room's live row."""
    meeting_id = UUID(job.key)
    now = deps.clock()
    with deps.database.reading() as db:
        row = db.execute(select(meetings).where(meetings.c.id == meeting_id)).one_or_none()
        if row is None:
            return None
        told = db.execute(select(events).where(events.c.meeting_id == meeting_id)).all()
    if not told:
        return None
    told_at = max(one.received_at for one in told)
    course = course_of(map(_happened, told), internal_id=row.internal_id, end_asked=row.end_asked_at is not None)

    def effect(db: Connection) -> None:
        # A report that comes at this moment waits for us, or we for it: else one would not see the other's peak.
        db.execute(select(meetings.c.id).where(meetings.c.id == meeting_id).with_for_update())
        peak = max(course.peak, reports.peak_in(db, meeting_id))
        db.execute(
            meetings.update()
            .where(meetings.c.id == meeting_id)
            .values(
                created_at=course.created_at or row.created_at,
                opened_at=course.opened_at or meetings.c.opened_at,
                ended_at=course.ended_at or meetings.c.ended_at,
                ended=course.ended.value or meetings.c.ended,
                # Some may have come while nobody told us: a report of them all stands.
                people=case((meetings.c.people > course.people, meetings.c.people), else_=course.people),
                # Not the greatest ever: of events that came too late the last word may be fewer.
                peak=peak or meetings.c.peak,
                recorded=course.recorded if course.recorded is not None else meetings.c.recorded,
                told_at=told_at,
            )
        )
        _move_live(db, row.room_id, row.internal_id, course, told_at=told_at, now=now)

    return effect


def _happened(row: AnyRow) -> Happened:
    return Happened(
        name=row.name,
        at=row.at,
        who=row.who,
        person=row.person,
        create_time_ms=row.more.get("create_time_ms", 0),
        duration_min=row.more.get("duration_min", 0),
        recorded=row.more.get("recorded"),
    )


def _move_live(
    db: Connection, room_id: UUID, internal_id: str, course: Course, *, told_at: datetime, now: datetime
) -> None:
    """The live row as the events tell it, unless somebody has looked since the last of them, or it is of another one.

    An older meeting's late events move nothing; nor does anything but its own end move one that was ended.
    """
    row = db.execute(select(live_rooms).where(live_rooms.c.room_id == room_id).with_for_update()).one_or_none()
    if row is None:
        return
    before = live.live_of(row, now=now)
    is_same = before.internal_id == internal_id
    create_time_ms = course.create_time_ms or create_time_of(internal_id)
    if not is_same and (create_time_ms <= before.create_time_ms or course.ended_at is not None):
        return
    if is_same and before.state is LiveState.ENDED:
        return
    if course.ended_at is None and before.checked_at is not None and before.checked_at >= told_at:
        return
    what = Seen(internal_id, create_time_ms, course.present, course.opened_at, is_over=course.ended_at is not None)
    moved = after(before, what, now=now)
    if (moved.state, moved.participants, moved.internal_id) != (before.state, before.participants, before.internal_id):
        live.write(db, room_id, before, moved, checked_at=max(told_at, before.checked_at or told_at))
