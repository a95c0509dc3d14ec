"""Recordings of earlier courses, shown in the new one as well: where its LMS says that it was copied from them, the
teacher taught there too, and asks for it. Nothing is shown by itself, and nobody's audience becomes wider.

What the LMS says (``courses.earlier``) comes through a parameter that any teacher can write, so it opens nothing: only
what this person has taught is offered, by our own rows.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from lti_elos.db.tables import (
    AnyRow,
    course_offers,
    courses,
    deployments,
    launches,
    meetings,
    presences,
    recording_shares,
    recordings,
    rooms,
)
from lti_elos.db.upserts import insert_if_new, insert_or_update
from lti_elos.domain.audit import Action
from lti_elos.domain.recordings import PUBLISHED, Audience
from lti_elos.domain.viewer import Viewer
from lti_elos.errors import NotFound
from lti_elos.services import audit, recording_sync
from lti_elos.services import rooms as room_service
from lti_elos.services.deps import Deps
from lti_elos.services.recordings import Key
from lti_elos.services.rooms import Room

log = logging.getLogger(__name__)

PAGE = 20
_FRESH = timedelta(minutes=1)
_PATIENCE_S = 1.5
_ROOMS_ASKED = 40
"""Of the earlier courses, whose lists are brought up to date for the page: as many as go into one call."""


@dataclass(frozen=True, slots=True)
class Copyable:
    """A recording of an earlier course that may be shown in this one too."""

    id: UUID
    name: str
    started_at: datetime
    length: timedelta
    course_id: UUID
    course_name: str


@dataclass(frozen=True, slots=True)
class Copies:
    """A stretch of them, newest first. ``courses``: whether there is an earlier one at all where the viewer taught."""

    items: tuple[Copyable, ...]
    older_than: Key | None
    has_courses: bool


def listing(deps: Deps, viewer: Viewer, room: Room, *, older_than: Key | None = None) -> Copies:
    """What the viewer may bring from earlier courses. Their lists are brought up to date, as far as Elos is quick."""
    with deps.database.reading() as db:
        earlier = _taught(db, viewer, room.course_id)
        asked = _rooms(db, viewer, earlier) if earlier else []
    if asked:
        recording_sync.refresh(deps, asked, fresh=_FRESH, wait_s=_PATIENCE_S)
    if not earlier or room.course_id is None:
        return Copies((), None, has_courses=False)
    names = {row.id: row.title or row.label for row in earlier}
    at, its_id = recordings.c.started_at, recordings.c.id
    query = _copyable(viewer, room.course_id, names)
    if older_than is not None:
        moment, known_id = older_than
        query = query.where(at <= moment, or_(at < moment, its_id < known_id))
    with deps.database.reading() as db:
        rows = db.execute(query.order_by(at.desc(), its_id.desc()).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return Copies(
        tuple(
            Copyable(
                row.id, row.name, row.started_at, timedelta(seconds=row.length_s), row.course_id, names[row.course_id]
            )
            for row in shown
        ),
        (shown[-1].started_at, shown[-1].id) if len(rows) > PAGE else None,
        has_courses=True,
    )


def share(deps: Deps, viewer: Viewer, recording_ids: Collection[UUID]) -> int:
    """Show recordings of earlier courses in the viewer's course too. Gives how many are new here.

    Raises NotFound unless all of them may be: then nothing is shown.
    """
    now, added = deps.clock(), 0
    with deps.database.transaction() as db:
        room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
        earlier = _taught(db, viewer, room.course_id)
        if room.course_id is None or not earlier:
            raise NotFound("no earlier course that this person taught")
        wanted = set(recording_ids)
        mine = recordings.c.id.in_(wanted), *_is_copyable(viewer, [row.id for row in earlier])
        found = db.execute(select(recordings).join(rooms, rooms.c.id == recordings.c.room_id).where(*mine)).all()
        if len(found) != len(wanted):
            raise NotFound("a recording is of no course that this person taught")
        for row in found:
            values = {
                "course_id": room.course_id,
                "recording_id": row.id,
                "shared_by": viewer.user_id,
                "created_at": now,
            }
            if insert_if_new(db, recording_shares, values, returning=recording_shares.c.recording_id) is not None:
                added += 1
                _note(db, Action.SHARED, row, viewer, room.course_id, now)
        if found:
            _answer(db, viewer, room.course_id, now)
    log.info("recordings shared", extra={"room_id": str(viewer.room_id), "count": added})
    return added


def unshare(deps: Deps, viewer: Viewer, recording_id: UUID) -> None:
    """Show a recording in its own course alone again. Raises NotFound for one that is not shown in the viewer's."""
    now, shares = deps.clock(), recording_shares.c
    with deps.database.transaction() as db:
        room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
        mine = shares.recording_id == recording_id, shares.course_id == room.course_id
        gone = db.execute(recording_shares.delete().where(*mine).returning(shares.recording_id)).one_or_none()
        if gone is None or room.course_id is None:
            raise NotFound("the recording is not shown in this course")
        row = db.execute(select(recordings).where(recordings.c.id == recording_id)).one()
        _note(db, Action.UNSHARED, row, viewer, room.course_id, now)


def answer_offer(deps: Deps, viewer: Viewer) -> None:
    """The viewer was asked, and shall not be asked again in this course."""
    with deps.database.transaction() as db:
        room = room_service.read(db, viewer.room_id, within=viewer.deployment_id)
        if room.course_id is not None:
            _answer(db, viewer, room.course_id, deps.clock())


def is_to_be_offered(db: Connection, viewer: Viewer, course_id: UUID | None) -> bool:
    """Whether there is something to bring, and the viewer has not answered yet. One quick look where nobody copied."""
    answered = exists().where(course_offers.c.course_id == courses.c.id, course_offers.c.user_id == viewer.user_id)
    told = db.scalar(select(courses.c.earlier).where(courses.c.id == course_id, ~answered)) if course_id else None
    if not told or course_id is None:
        return False
    earlier = _taught(db, viewer, course_id)
    if not earlier:
        return False
    return db.execute(_copyable(viewer, course_id, [row.id for row in earlier]).limit(1)).first() is not None


def is_shown(db: Connection, recording_id: UUID, course_id: UUID) -> bool:
    """Whether it shows in this course, though it is another's."""
    shares = recording_shares.c
    query = exists().where(shares.recording_id == recording_id, shares.course_id == course_id)
    return bool(db.scalar(select(query)))


def origins(db: Connection, recording_ids: Collection[UUID]) -> dict[UUID, str]:
    """{recording: the name of the course that it is of}; "" for one without a name."""
    if not recording_ids:
        return {}
    query = (
        select(recordings.c.id, courses.c.title, courses.c.label)
        .join(rooms, rooms.c.id == recordings.c.room_id)
        .outerjoin(courses, courses.c.id == rooms.c.course_id)
        .where(recordings.c.id.in_(recording_ids))
    )
    return {row.id: row.title or row.label or "" for row in db.execute(query)}


# --- what may be brought ---------------------------------------------------------------------------------------------


def _taught(db: Connection, viewer: Viewer, course_id: UUID | None) -> Sequence[AnyRow]:
    """The earlier courses, of the same platform, in which this person taught: opened a meeting, moderated one by its
    report, or has a launch that manages.
    """
    told = db.scalar(select(courses.c.earlier).where(courses.c.id == course_id)) if course_id else None
    if not told:
        return []
    of_course, me = rooms.c.course_id == courses.c.id, viewer.user_id
    taught = or_(
        exists().where(launches.c.user_id == me, launches.c.manages, launches.c.room_id == rooms.c.id, of_course),
        exists().where(meetings.c.opened_by == me, meetings.c.room_id == rooms.c.id, of_course),
        exists().where(
            presences.c.user_id == me,
            presences.c.moderates,
            presences.c.meeting_id == meetings.c.id,
            meetings.c.room_id == rooms.c.id,
            of_course,
        ),
    )
    query = (
        select(courses.c.id, courses.c.title, courses.c.label)
        .join(deployments, deployments.c.id == courses.c.deployment_id)
        .where(
            deployments.c.platform_id == viewer.platform_id,
            deployments.c.is_active,
            courses.c.context_id.in_(told),
            courses.c.id != course_id,
            taught,
        )
    )
    return db.execute(query).all()


def _managed(viewer: Viewer, course_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Rooms that a teacher of these courses manages: all but another teacher's own."""
    return and_(
        rooms.c.course_id.in_(course_ids), or_(rooms.c.scope != "user", rooms.c.scope_id == str(viewer.user_id))
    )


def _is_copyable(viewer: Viewer, course_ids: Collection[UUID]) -> tuple[ColumnElement[bool], ...]:
    """What students of those courses may see (domain/recordings.py ``is_for_everybody``)."""
    its = recordings.c
    for_everybody = its.state == PUBLISHED, its.audience != Audience.TEACHERS.value, its.trashed_at.is_(None)
    return _managed(viewer, course_ids), *for_everybody


def _copyable(viewer: Viewer, course_id: UUID, earlier_ids: Collection[UUID]) -> Select[Any]:
    shares = recording_shares.c
    is_here = exists().where(shares.recording_id == recordings.c.id, shares.course_id == course_id)
    its = recordings.c
    return (
        select(its.id, its.name, its.started_at, its.length_s, rooms.c.course_id)
        .join(rooms, rooms.c.id == its.room_id)
        .where(*_is_copyable(viewer, list(earlier_ids)), ~is_here)
    )


def _rooms(db: Connection, viewer: Viewer, earlier: Sequence[AnyRow]) -> list[UUID]:
    mine = _managed(viewer, [row.id for row in earlier])
    return list(db.scalars(select(rooms.c.id).where(mine).order_by(rooms.c.recordings_synced_at).limit(_ROOMS_ASKED)))


def _answer(db: Connection, viewer: Viewer, course_id: UUID, now: datetime) -> None:
    insert_or_update(
        db,
        course_offers,
        {"course_id": course_id, "user_id": viewer.user_id, "answered_at": now},
        key=["course_id", "user_id"],
        update=["answered_at"],
        returning=course_offers.c.course_id,
    )


def _note(db: Connection, action: Action, row: AnyRow, viewer: Viewer, course_id: UUID, now: datetime) -> None:
    audit.note(
        db,
        action,
        row,
        now=now,
        platform_id=viewer.platform_id,
        user_id=viewer.user_id,
        details={"course_id": str(course_id)},
    )
