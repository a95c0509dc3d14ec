"""Where recordings are that people wait for: of sessions that ended lately, and of what is listed and not ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, and_, exists, or_, select

from lti_elos.db.tables import AnyRow, events, meetings
from lti_elos.db.tables import recordings as recording_rows
from lti_elos.domain.meetings import Ended
from lti_elos.domain.pipelines import STEP_EVENTS, Pipeline, Told, pipeline_of, usual_wait
from lti_elos.domain.recordings import PROCESSING, PUBLISHED
from lti_elos.services.deps import Deps
from lti_elos.services.recordings import Item, Page, Place

LATELY = timedelta(days=7)
_LONGEST = timedelta(days=1)
"""No session lasts longer."""
_FOLLOWS = timedelta(days=2)
"""For so long a format may follow the one that is ready."""
_UNSEEN = timedelta(hours=1)
"""What was published longer ago and is not listed was taken away again."""
_MANY = 40


@dataclass(frozen=True, slots=True)
class Missing:
    """A session that ended lately and has no recording in the list."""

    id: UUID
    """The meeting's."""
    room_id: UUID
    began_at: datetime
    length: timedelta
    people: int | None
    """None: no event told."""
    recorded: bool | None
    """None: nobody has told."""
    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Found:
    """What is awaited."""

    missing: tuple[Missing, ...]
    """Newest first."""
    of_items: Mapping[UUID, Pipeline]
    """Of what is listed and in the making, in whole or in part, by the recording's id."""
    usual: timedelta | None
    """How long it takes of late; None where too little is known."""


NOTHING = Found((), {}, None)


def awaited(deps: Deps, page: Page) -> Found:
    """What those who manage wait for, as a list's newest page tells and the events of sessions. One query."""
    managed = {one.room_id: one for one in page.places if one.is_managed}
    if not managed:
        return NOTHING
    now = deps.clock()
    mine = [one for one in page.items if one.is_managed and one.room_id in managed]
    open_ones = {one.internal_id: one for one in mine if _is_open(one, now)}
    settled = [one for one in mine if one.internal_id not in open_ones]
    with deps.database.reading() as db:
        rows = _rows(db, list(managed), settled=settled, wanted=list(open_ones.values()), now=now)
    sessions = _by_session(rows)
    of_items = {
        one.id: pipeline
        for internal_id, one in open_ones.items()
        if (pipeline := _of_item(one, sessions.get(internal_id, ()))) is not None
    }
    missing = (_missing(its, managed, now) for its in sessions.values() if not its[0].is_known)
    return Found(
        missing=tuple(one for one in missing if one is not None),
        of_items=of_items,
        usual=usual_wait(one.ready_at - one.ended_at for one in mine if one.ready_at and one.ended_at),
    )


def _is_open(one: Item, now: datetime) -> bool:
    """Whether something of it may be in the making."""
    if one.state == PUBLISHED and one.formats:
        return now - one.started_at - one.length < _FOLLOWS
    return one.state in (PUBLISHED, PROCESSING)


def _rows(
    db: Connection, room_ids: Sequence[UUID], *, settled: Sequence[Item], wanted: Sequence[Item], now: datetime
) -> Sequence[AnyRow]:
    """Sessions and their events, one row an event; a session without any has one too."""
    its = meetings.c
    # Deleted ones too: nobody waits for them. By the id alone, of which no two meetings have the same: SQLite would
    # look through all of the room's.
    is_known = exists().where(recording_rows.c.internal_id == its.internal_id)
    lately = and_(
        its.ended_at > now - LATELY,
        its.ended != Ended.UNUSED.value,
        its.internal_id.not_in([one.internal_id for one in settled]),
    )
    oldest = min([now - LATELY, *(one.started_at for one in wanted)]) - _LONGEST
    of_wanted = its.internal_id.in_([one.internal_id for one in wanted])
    columns = (its.id, its.room_id, its.internal_id, its.created_at, its.opened_at, its.ended_at, its.people)
    sessions = (
        select(*columns, its.recorded, its.told_at, is_known.label("is_known"))
        .where(its.room_id.in_(room_ids), its.created_at > oldest, or_(lately, of_wanted))
        .order_by(its.created_at.desc(), its.id)
        .limit(_MANY)
        .subquery()
    )
    of_session = and_(events.c.meeting_id == sessions.c.id, events.c.name.in_(STEP_EVENTS))
    query = select(sessions, events.c.name, events.c.at, events.c.more).outerjoin_from(sessions, events, of_session)
    return db.execute(query.order_by(sessions.c.created_at.desc(), sessions.c.id)).all()


def _by_session(rows: Iterable[AnyRow]) -> dict[str, list[AnyRow]]:
    found: dict[str, list[AnyRow]] = {}
    for row in rows:
        found.setdefault(row.internal_id, []).append(row)
    return found


def _told(rows: Iterable[AnyRow]) -> list[Told]:
    return [
        Told(row.name, row.at, row.more.get("workflow", ""), row.more.get("success"), row.more.get("recorded"))
        for row in rows
        if row.name is not None
    ]


def _of_item(one: Item, rows: Sequence[AnyRow]) -> Pipeline | None:
    """None for one of which nothing is in the making, nor has failed."""
    ready = [each.kind for each in one.formats] if one.state == PUBLISHED else []
    ended_at = (rows[0].ended_at if rows else None) or one.ended_at or one.started_at + one.length
    found = pipeline_of(_told(rows), ended_at=ended_at, is_listed=True, ready=ready)
    return found if not ready or found.pending or found.failed else None


def _missing(rows: Sequence[AnyRow], managed: Mapping[UUID, Place], now: datetime) -> Missing | None:
    """None for one of which nothing can be said: the list is older than it is, or what was listed has gone again."""
    row = rows[0]
    pipeline = pipeline_of(_told(rows), ended_at=row.ended_at)
    recorded = pipeline.recorded if pipeline.recorded is not None else row.recorded
    published_at = pipeline.steps[-1].at
    synced_at = managed[row.room_id].synced_at
    if pipeline.ready and published_at is not None and published_at < now - _UNSEEN:
        return None
    if recorded is None and (synced_at is None or synced_at < row.ended_at):
        return None
    began_at = row.opened_at or row.created_at
    return Missing(
        id=row.id,
        room_id=row.room_id,
        began_at=began_at,
        length=max(row.ended_at - began_at, timedelta(0)),
        people=row.people if row.told_at is not None else None,
        recorded=recorded,
        pipeline=pipeline,
    )
